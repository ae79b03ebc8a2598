/*
 * Unpacks the program of the built page: its examples, its kernel and its script, deflated, in base64, in the element
 * "packed". The policy of the page admits this script and those two by their hashes, and nothing else. Everything here
 * is old JavaScript, so that an old browser can say what it lacks.
 */
(function () {
  var place = document.getElementById("start") || document.createElement("p"); // a browser may have saved the page as drawn
  var say = function (name) {
    place.textContent = place.getAttribute("data-" + name);
    place.className = name === "loading" ? "about" : "notice";
  };
  if (!window.DecompressionStream || !window.Blob || !Blob.prototype.stream) return say("browser");
  say("loading");
  var add = function (attributes, text) {
    var script = document.createElement("script");
    for (var name in attributes) script.setAttribute(name, attributes[name]);
    script.textContent = text;
    document.body.appendChild(script);
    return script;
  };
  Promise.resolve().then(function () {
    var binary = atob(document.getElementById("packed").textContent);
    var bytes = new Uint8Array(binary.length);
    for (var k = 0; k < bytes.length; k++) bytes[k] = binary.charCodeAt(k);
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).text();
  }).then(function (text) {
    var parts = text.split("\0");
    add({ id: "examples", type: "application/json", "data-unpacked": "" }, parts[0]);
    add({ id: "worker", "data-unpacked": "" }, parts[1]);
    if (!window["pellucidKernel"]) return say("browser"); // whose language is older than that of the kernel
    add({}, parts[2]).remove();
  }).catch(function () { say("damaged"); });
})();
