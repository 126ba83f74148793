// Forms that are sent without leaving the page: files with a bar, and every answer in words. Without this file they are
// sent as any other form.
import { canSendParts, sendInParts } from "./parts.js";
import { clearProblem, explain, showProblem, signedOutParagraphs } from "./problems.js";
import { isSignedIn, sendForm } from "./requests.js";
import { endTransfer, showTransfer } from "./transfer.js";

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
  const outcome = file && form.dataset.parts && canSendParts() ? await sendFile(form, file) : await sendWhole(form, file);
  if (outcome.location) return window.location.assign(outcome.location);
  if (outcome.page) return showPage(outcome.page, enhance);
  reset(form);
  if (outcome.cancelled) {
    endTransfer(form, "The upload is cancelled.");
    return button.focus();
  }
  const sendsFile = Boolean(file);
  if (outcome.problems) return showProblem(outcome.problems);
  showProblem(
    outcome.signedOut
      ? signedOutParagraphs(button.textContent, sendsFile)
      : explain(outcome.status, button.textContent, sendsFile),
  );
}

function sendFile(form, file) {
  const cancelling = new AbortController();
  const view = showTransfer(form, file, () => cancelling.abort());
  return sendInParts(file, form.dataset.parts, view, cancelling.signal);
}

/** As any form, in one request: what a browser can do that has no digests. */
async function sendWhole(form, file) {
  if (file && !(await isSignedIn())) return { signedOut: true };
  const view = file && showTransfer(form, file);
  return sendForm(form, {
    onProgress: (part) => view?.progress(part * file.size),
    onSent: () => view?.checking(),
  });
}

function reset(form) {
  buttonOf(form).disabled = false;
  endTransfer(form);
}

function buttonOf(form) {
  return form.querySelector("button[type=submit]");
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
