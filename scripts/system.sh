#!/usr/bin/env bash
# Installs the browser and the Chinese font that the tests look at pages with, where they are missing.
set -euo pipefail

wanted=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
  wanted+=(chromium)
[ -n "$(fc-list :lang=zh 2>/dev/null | head -n 1)" ] || wanted+=(fontconfig fonts-wqy-microhei)
[ ${#wanted[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! sudo -n true 2>/dev/null; then
    echo "测试需要：${wanted[*]}。请先安装，例如：sudo apt-get install ${wanted[*]}" >&2
    echo "The tests need: ${wanted[*]}. Install them first, e.g. sudo apt-get install ${wanted[*]}" >&2
    exit 1
  fi
  as_root=(sudo -n)
fi
if ! command -v apt-get >/dev/null; then
  echo "测试需要：${wanted[*]}；本机没有 apt-get，请用系统的包管理器安装。" >&2
  echo "The tests need: ${wanted[*]}; there is no apt-get here, install them with this system's package manager." >&2
  exit 1
fi
echo "正在安装 / installing: ${wanted[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null
