// Sends forms by script, so that the page stays, with all that was entered, until there is an answer that it can use.

// `dss_web/http/background_requests.py` answers this with 201 for a redirect, and with 401 in the place of the login.
export const HEADERS = { "X-Requested-With": "dss-page" };
const CREATED = 201;
const UNAUTHORIZED = 401;

/** Whether the person is still logged in: asked before a file of minutes is sent. True where nobody can tell. */
export async function isSignedIn() {
  try {
    const response = await fetch(window.location.href, { method: "HEAD", headers: HEADERS, cache: "no-store" });
    return response.status !== UNAUTHORIZED;
  } catch {
    return true;
  }
}

/**
 * Send a form. The outcome has one of: `location` of the next page, `page` that the service shows instead, `signedOut`,
 * or `status` of an answer that is not the service's own, 0 where there was none.
 */
export function sendForm(form, { onProgress, onSent }) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    for (const [name, value] of Object.entries(HEADERS)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => event.lengthComputable && onProgress(event.loaded / event.total));
    request.upload.addEventListener("load", onSent);
    for (const end of ["load", "error", "abort", "timeout"]) request.addEventListener(end, () => resolve(outcomeOf(request)));
    request.send(bodyOf(form));
  });
}

/** A login in another tab has changed the token of the form: the cookie has the one that counts. */
export function formToken() {
  return /(?:^|; )(?:__Host-csrf|csrftoken)=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

function bodyOf(form) {
  const fields = new FormData(form);
  const token = formToken();
  if (token) fields.set("csrfmiddlewaretoken", token);
  // A form of 1,598 columns is four times as long in parts.
  return form.enctype === "multipart/form-data" ? fields : new URLSearchParams(fields);
}

/** What became of a request: see `sendForm`. */
export function outcomeOf(request) {
  if (request.status === UNAUTHORIZED) return { signedOut: true };
  const location = request.status === CREATED && request.getResponseHeader("Location");
  if (location) return { location };
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  // Proxies have pages of their own.
  return page.body.dataset.service === document.body.dataset.service ? { page } : { status: request.status };
}
