// Sends a file without leaving the page, to show how much of it has been sent.
export function sendFilesInBackground(scope, enhance) {
  for (const form of scope.querySelectorAll("form[data-upload]")) {
    form.addEventListener("submit", (event) => {
      if (!form.querySelector("input[type=file]").files.length) return;
      event.preventDefault();
      send(form, enhance);
    });
  }
}

function send(form, enhance) {
  const button = form.querySelector("button[type=submit]");
  const status = form.querySelector("[data-upload-status]");
  const text = document.createElement("p");
  const bar = document.createElement("progress");
  text.className = "govuk-body";
  text.textContent = "Sending your file…";
  bar.className = "dss-progress";
  bar.setAttribute("aria-label", "How much of the file has been sent");
  bar.max = 100;
  bar.value = 0;
  status.replaceChildren(text, bar);
  button.disabled = true;

  const request = new XMLHttpRequest();
  request.open("POST", window.location.href);
  request.responseType = "document";
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total;
  });
  request.upload.addEventListener("load", () => {
    text.textContent = "Looking through your file…";
    bar.removeAttribute("value");
  });
  request.addEventListener("load", () => show(request, enhance));
  request.addEventListener("error", () => {
    status.replaceChildren(text);
    text.textContent = "The connection was lost before the whole file was sent. Check your network and try again.";
    button.disabled = false;
  });
  request.send(new FormData(form));
}

function show(request, enhance) {
  const answer = request.response;
  if (request.status < 400) return window.location.assign(request.responseURL);
  document.title = answer.title;
  const main = document.adoptNode(answer.querySelector("main"));
  document.querySelector("main").replaceWith(main);
  enhance(main);
  window.scrollTo(0, 0);
  document.querySelector(".govuk-error-summary")?.focus();
}
