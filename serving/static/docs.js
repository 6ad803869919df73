/* Opens the interface description in the page; a file of its own because inline scripts are refused. */
window.addEventListener("DOMContentLoaded", function () {
  var place = document.getElementById("swagger");
  window.SwaggerUIBundle({
    url: place.getAttribute("data-url"),
    domNode: place,
    deepLinking: false,
    validatorUrl: null,
    supportedSubmitMethods: ["get", "post"],
    requestInterceptor: function (request) { request.credentials = "same-origin"; return request; }
  });
});
