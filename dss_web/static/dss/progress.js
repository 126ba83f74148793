// Updates the progress page while a version is checked or loaded, and reloads it once another page has to be shown.

// Often enough for a bar that seems to move, and cheap: each request reads one row by its key. Of a check a person sees
// the end, which is seldom far away.
const SECONDS_BETWEEN_REQUESTS = 2;
const SECONDS_WHILE_CHECKING = 0.5;
// A service that starts again is away for some seconds, of which nobody has to be told.
const FAILURES_BEFORE_TELLING = 3;
const UNREACHABLE =
  "The service cannot be reached at the moment, so this may not be the latest state. Your version is not affected. This page tries again by itself.";

export function followProgress() {
  const section = document.querySelector("[data-progress]");
  if (!section) return;
  const bar = section.querySelector("progress");
  const info = section.querySelector("[data-progress-info]");
  const problem = section.querySelector("[data-progress-problem]");
  const seconds = section.dataset.state === "checking" ? SECONDS_WHILE_CHECKING : SECONDS_BETWEEN_REQUESTS;
  let failures = 0;

  async function update() {
    try {
      const response = await fetch(section.dataset.progress, {
        headers: { "X-Requested-With": "dss-page" },
        cache: "no-store",
      });
      // The session has ended, the right to see this, or the version itself: the page leads to the login, or says so.
      if ([401, 403, 404].includes(response.status)) return window.location.reload();
      if (!response.ok) throw new Error(`status ${response.status}`);
      const version = await response.json();
      failures = 0;
      tell(problem, "");
      bar.value = version.progress;
      tell(info, version.info);
      if (version.state !== section.dataset.state) return window.location.reload();
    } catch {
      failures += 1;
      if (failures >= FAILURES_BEFORE_TELLING) tell(problem, UNREACHABLE);
    }
    setTimeout(update, seconds * 1000);
  }

  update();
}

// Only what is new is read out.
function tell(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
