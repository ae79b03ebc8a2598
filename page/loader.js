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
  if (!window.DecompressionStream) return say("browser");
  say("loading");
  var failed = false;
  window.addEventListener("error", function () { failed = true; });
  var add = function (attributes, text) {
    var script = document.createElement("script");
    for (var name in attributes) script.setAttribute(name, attributes[name]);
    script.textContent = text;
    document.body.appendChild(script);
    return script;
  };
  new Promise(function (painted) { // a tab in the background paints nothing
    requestAnimationFrame(function () { setTimeout(painted); });
    setTimeout(painted, 100);
  }).then(function () {
    var binary = atob(document.getElementById("packed").textContent);
    var bytes = new Uint8Array(binary.length);
    for (var k = 0; k < bytes.length; k++) bytes[k] = binary.charCodeAt(k);
    var stream = new DecompressionStream("deflate");
    var reader = stream.readable.getReader();
    var writer = stream.writable.getWriter(); // not by a Blob, which takes longer
    var ignore = function () {}; // an error comes to the reader, too
    writer.write(bytes).catch(ignore);
    writer.close().catch(ignore);
    var decoder = new TextDecoder();
    var text = "";
    return reader.read().then(function more(part) {
      if (part.done) return text;
      text += decoder.decode(part.value, { stream: true });
      return reader.read().then(more);
    });
  }).then(function (text) {
    var parts = text.split("\0");
    add({ id: "examples", type: "application/json", "data-unpacked": "" }, parts[0]);
    add({ id: "worker", "data-unpacked": "" }, parts[1]);
    // A language older than that of the kernel is an error; a script that is not admitted passes without one.
    if (!window["pellucidKernel"]) return say(failed ? "browser" : "policy");
    add({ "data-unpacked": "" }, parts[2]).remove(); // the page copies itself while it runs
  }).catch(function () { say("damaged"); });
})();
