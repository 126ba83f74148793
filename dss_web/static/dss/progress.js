// The progress page asks how far the load is, and loads itself again once there is something else to show.
const SECONDS_BETWEEN_LOOKS = 2;

export function followProgress() {
  const place = document.querySelector("[data-progress]");
  if (!place) return;
  const bar = place.querySelector("progress");
  const info = place.querySelector("[data-progress-info]");

  async function look() {
    try {
      const response = await fetch(place.dataset.progress, { redirect: "manual", cache: "no-store" });
      // The session has ended: loading the page leads to the login and back.
      if (response.type === "opaqueredirect") return window.location.reload();
      const found = await response.json();
      bar.value = found.progress;
      if (info.textContent !== found.info) info.textContent = found.info;
      if (["completed", "failed", "uploaded"].includes(found.state)) return window.location.reload();
    } catch {
      // The network or the service is away for a moment; the next look may do better.
    }
    setTimeout(look, SECONDS_BETWEEN_LOOKS * 1000);
  }

  look();
}
