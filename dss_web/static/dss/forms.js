// Forms that are sent without leaving the page: files with a bar, and every answer in words. Without this file they are
// sent as any other form.
import { clearProblem, explain, showProblem, signedOutParagraphs } from "./problems.js";
import { isSignedIn, sendForm } from "./requests.js";

const MEBIBYTE = 1024 * 1024;

export function sendInBackground(scope, enhance) {
  for (const form of scope.querySelectorAll("form[data-background]")) {
    form.addEventListener("submit", (event) => {
      const file = form.querySelector("input[type=file]");
      if (file && !file.files.length) return;
      event.preventDefault();
      if (!buttonOf(form).disabled) send(form, file?.files[0], enhance);
    });
  }
}

/** Let every form be sent again: of a page that comes back from the browser's memory, as it was when it was left. */
export function resetForms() {
  for (const form of document.querySelectorAll("form[data-background]")) reset(form);
}

async function send(form, file, enhance) {
  const button = buttonOf(form);
  clearProblem();
  const limit = Number(form.dataset.limitMegabytes);
  if (file && limit && file.size > limit * MEBIBYTE) {
    return showProblem([
      `The file has ${Math.ceil(file.size / MEBIBYTE).toLocaleString("en-GB")} MB. It can have up to ${limit.toLocaleString("en-GB")} MB. Remove rows or columns that nobody needs, or divide the file.`,
    ]);
  }
  button.disabled = true;
  if (file && !(await isSignedIn())) return tell(form, signedOutParagraphs(button.textContent, true));
  const bar = file && showBar(form);
  const outcome = await sendForm(form, {
    onProgress: (part) => bar && (bar.value = 100 * part),
    onSent: () => bar && showChecking(form, bar),
  });
  if (outcome.location) return window.location.assign(outcome.location);
  if (outcome.page) return showPage(outcome.page, enhance);
  const paragraphs = outcome.signedOut
    ? signedOutParagraphs(button.textContent, Boolean(file))
    : explain(outcome.status, button.textContent, Boolean(file));
  tell(form, paragraphs);
}

function tell(form, paragraphs) {
  reset(form);
  showProblem(paragraphs);
}

function reset(form) {
  buttonOf(form).disabled = false;
  form.querySelector("[data-status]")?.replaceChildren();
}

function buttonOf(form) {
  return form.querySelector("button[type=submit]");
}

function showBar(form) {
  const text = document.createElement("p");
  const bar = document.createElement("progress");
  text.className = "govuk-body";
  text.textContent = "Uploading your file…";
  bar.className = "dss-progress";
  bar.setAttribute("aria-label", "Upload progress");
  bar.max = 100;
  bar.value = 0;
  form.querySelector("[data-status]").replaceChildren(text, bar);
  return bar;
}

function showChecking(form, bar) {
  form.querySelector("[data-status] p").textContent = "Checking your file…";
  bar.removeAttribute("value");
}

/** Show what the service answered in the place of this page, which had the same address. */
function showPage(page, enhance) {
  document.title = page.title;
  const main = document.adoptNode(page.querySelector("main"));
  document.querySelector("main").replaceWith(main);
  enhance(main);
  window.scrollTo(0, 0);
  (document.querySelector(".govuk-error-summary") ?? focusable(main)).focus();
}

function focusable(element) {
  element.tabIndex = -1;
  return element;
}
