// Updates the progress page while a version is loaded, and reloads it once another page has to be shown.

// Often enough for a bar that seems to move, and cheap: each request reads one row by its key.
const SECONDS_BETWEEN_REQUESTS = 2;

export function followProgress() {
  const section = document.querySelector("[data-progress]");
  if (!section) return;
  const bar = section.querySelector("progress");
  const info = section.querySelector("[data-progress-info]");

  async function update() {
    try {
      const response = await fetch(section.dataset.progress, { redirect: "manual", cache: "no-store" });
      // The session has ended. A reload leads through sign-in and back here.
      if (response.type === "opaqueredirect") return window.location.reload();
      const version = await response.json();
      bar.value = version.progress;
      if (info.textContent !== version.info) info.textContent = version.info;
      if (["completed", "failed", "uploaded"].includes(version.state)) return window.location.reload();
    } catch {
      // The network or the service is unavailable. The next request may succeed.
    }
    setTimeout(update, SECONDS_BETWEEN_REQUESTS * 1000);
  }

  update();
}
