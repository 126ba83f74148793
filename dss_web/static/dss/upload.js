// Uploads a file without leaving the page, to show the progress of the upload.
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
  text.textContent = "Uploading your file…";
  bar.className = "dss-progress";
  bar.setAttribute("aria-label", "Upload progress");
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
    text.textContent = "Checking your file…";
    bar.removeAttribute("value");
  });
  request.addEventListener("load", () => show(request, enhance));
  // The connection broke, or the session has ended and the redirect to sign-in was blocked. A reload helps with both.
  request.addEventListener("error", () => {
    status.replaceChildren(text);
    text.textContent = "There was a problem with the upload. Check your internet connection, reload this page and upload the file again.";
    button.disabled = false;
  });
  request.send(new FormData(form));
}

function show(request, enhance) {
  const page = request.response;
  if (request.status < 400) return window.location.assign(request.responseURL);
  document.title = page.title;
  const main = document.adoptNode(page.querySelector("main"));
  document.querySelector("main").replaceWith(main);
  enhance(main);
  window.scrollTo(0, 0);
  document.querySelector(".govuk-error-summary")?.focus();
}
