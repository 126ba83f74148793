// What people read when the answer to a form is not one of the service's pages: what happened, and what to do.

const contact = () => document.body.dataset.contact;

/** Paragraphs about an answer with this status, 0 for none. `button` is the text of the form's button. */
export function explain(status, button, sendsFile) {
  const again = `Then select “${button}” again${sendsFile ? ": your file is still chosen, and the upload continues where it stopped" : ""}.`;
  const ask = `If it happens again, contact ${contact()}.`;
  switch (status) {
    case 0:
      return [
        sendsFile
          ? "The connection broke before your file had arrived. Nothing has changed."
          : "The connection broke before there was an answer.",
        `Check your internet connection. ${again}`,
        sendsFile ? `If you have changed the file since you chose it, choose it again. ${ask}` : ask,
      ];
    case 413:
      return [
        "Your file is too large for the network between you and the service. Nothing has changed.",
        `Remove rows or columns that nobody needs, or divide the file. If it has to be as large, contact ${contact()}.`,
      ];
    case 429:
    case 502:
    case 503:
      return ["The service cannot be reached at the moment. Nothing has changed.", `Wait a minute. ${again} ${ask}`];
    case 408:
    case 504:
      return sendsFile
        ? [
            "The answer took too long. Your file may have arrived all the same.",
            "Reload this page and look at the list of versions. If your file is not there, upload it again: what has arrived of it is kept for a day.",
            ask,
          ]
        : [
            "The answer took too long. What you asked for may have happened all the same.",
            `Reload this page to see. If nothing has happened, select “${button}” again. ${ask}`,
          ];
    default:
      return [`The answer was not one of this service (status ${status}).`, `Wait a minute. ${again} ${ask}`];
  }
}

/** Show paragraphs at the top of the page, where they are read out. A paragraph is a text or an element. */
export function showProblem(paragraphs) {
  // One summary at a time. What the service said of fields stays beside them.
  for (const other of document.querySelectorAll(".govuk-error-summary")) other.remove();
  const summary = document.createElement("div");
  summary.className = "govuk-error-summary";
  summary.tabIndex = -1;
  summary.dataset.problem = "";
  summary.innerHTML =
    '<div role="alert"><h2 class="govuk-error-summary__title">There is a problem</h2><div class="govuk-error-summary__body"></div></div>';
  const body = summary.querySelector(".govuk-error-summary__body");
  for (const paragraph of paragraphs) {
    const element = document.createElement("p");
    element.className = "govuk-body";
    element.append(paragraph);
    body.append(element);
  }
  const main = document.querySelector("main");
  (main.querySelector(".govuk-grid-column-two-thirds") ?? main).prepend(summary);
  if (!document.title.startsWith("Error: ")) document.title = `Error: ${document.title}`;
  summary.focus();
}

export function clearProblem() {
  for (const summary of document.querySelectorAll("[data-problem]")) summary.remove();
}

/** What a person reads whose session has ended, with the way to a new one that leaves this page as it is. */
export function signedOutParagraphs(button, sendsFile) {
  const link = document.createElement("a");
  link.className = "govuk-link govuk-error-summary__link";
  link.href = "/login?next=/upload/signed-in/";
  link.target = "_blank";
  link.rel = "noopener";
  link.textContent = "Sign in again (opens in new tab)";
  return [
    `You have been signed out. ${sendsFile ? "Your file is still chosen" : "Your answers are still here"}, and nothing has changed.`,
    link,
    `Then come back to this page and select “${button}” again.`,
  ];
}
