/* Opens the interface description in the page; a file of its own because inline scripts are refused. */
window.addEventListener("DOMContentLoaded", function () {
  var place = document.getElementById("swagger");

  // The parts of its own layout, without a second "main" inside that of our page.
  function insideOurs(system) {
    var make = system.React.createElement;
    function Inside(props) {
      function part(name) { return make(props.getComponent(name, true)); }
      function row() {
        return make("div", { className: "wrapper" }, ...Array.from(arguments).map(part));
      }
      if (props.specSelectors.loadingStatus() !== "success") {
        return make("div", { className: "swagger-ui" }, part("errors"));
      }
      return make("div", { className: "swagger-ui" },
        part("SvgAssets"), part("errors"),
        row("InfoContainer", "AuthorizeBtnContainer"), row("operations"), row("Models"));
    }
    return { components: { Inside: Inside } };
  }

  window.SwaggerUIBundle({
    url: place.getAttribute("data-url"),
    domNode: place,
    deepLinking: false,
    validatorUrl: null,
    supportedSubmitMethods: ["get", "post"],
    plugins: [insideOurs],
    layout: "Inside",
    onComplete: function () {
      // Its headings stand one level below ours.
      place.querySelectorAll("h3, h4").forEach(function (heading) {
        heading.setAttribute("aria-level", String(Number(heading.tagName.charAt(1)) - 1));
      });
    },
    requestInterceptor: function (request) { request.credentials = "same-origin"; return request; }
  });
});
