// How far an upload is: a bar, how much of how much, how long it will take, and a button that cancels it.

const MEBIBYTE = 1024 * 1024;
// Long enough for a rate that does not jump, short enough to notice that the line has become slower.
const WINDOW_SECONDS = 20;
const SECONDS_BEFORE_ESTIMATE = 2;
// What is read out: more would talk over everything else on the page.
const READ_OUT_PERCENT = 25;

/** Show an upload within a form. The view that `sendInParts` takes; `onCancel`, if any, is called to cancel it. */
export function showTransfer(form, file, onCancel = null) {
  const label = element("label", "govuk-label dss-break", `Uploading ${file.name}`);
  const bar = element("progress", "dss-progress");
  const detail = element("p", "govuk-body");
  const cancel = element("button", "govuk-button govuk-button--secondary", "Cancel the upload");
  label.htmlFor = bar.id = "upload-progress";
  detail.id = "upload-detail";
  bar.setAttribute("aria-describedby", detail.id);
  bar.max = file.size;
  bar.value = 0;
  cancel.type = "button";
  cancel.hidden = !onCancel;
  cancel.addEventListener("click", onCancel);
  form.querySelector("[data-status]").replaceChildren(label, bar, detail, cancel);

  const announce = (text) => (form.querySelector("[data-announce]").textContent = text);
  const rate = new Rate();
  let sent = 0;
  let announced = 0;
  let isWaiting = false;
  const show = () => (detail.textContent = `${amounts(sent, file.size)}. ${timeLeft(rate, file.size - sent)}`);
  announce(`Uploading ${file.name}`);
  show();

  return {
    progress(bytes) {
      sent = bar.value = bytes;
      rate.note(bytes);
      if (!isWaiting) show();
      const percent = Math.floor((100 * bytes) / file.size / READ_OUT_PERCENT) * READ_OUT_PERCENT;
      if (percent > announced && percent < 100) announce(`${percent}% uploaded. ${timeLeft(rate, file.size - sent)}`);
      announced = Math.max(announced, percent);
    },
    /** Bytes that were there already say nothing of the rate. */
    resumed(bytes) {
      sent = bytes;
      rate.reset();
    },
    /** Seconds until the next attempt, Infinity while the machine has no network, null once there is a connection. */
    waiting(seconds) {
      if (seconds === null) {
        if (isWaiting) announce("Uploading again");
        isWaiting = false;
        return;
      }
      const text =
        seconds === Infinity
          ? "You have no internet connection. The upload continues when it is back."
          : "The connection broke. The upload continues in a moment.";
      if (!isWaiting) announce(text);
      isWaiting = true;
      detail.textContent = text;
      rate.reset();
    },
    checking() {
      label.textContent = "Checking your file";
      bar.removeAttribute("value");
      detail.textContent = "";
      // From here on it is a version, which has a page of its own to cancel it.
      cancel.hidden = true;
      announce("Your file has arrived and is being checked");
    },
  };
}

/** Take the upload off the form; `text` is read out and shown in its place. */
export function endTransfer(form, text = "") {
  form.querySelector("[data-status]")?.replaceChildren(...(text ? [element("p", "govuk-body", text)] : []));
  const announcement = form.querySelector("[data-announce]");
  if (announcement) announcement.textContent = text;
}

class Rate {
  constructor() {
    this.reset();
  }

  reset() {
    this.samples = [];
  }

  note(bytes) {
    const now = performance.now() / 1000;
    this.samples.push({ now, bytes });
    while (this.samples[0].now < now - WINDOW_SECONDS) this.samples.shift();
  }

  /** Bytes a second, 0 while nobody can tell. */
  get value() {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    if (!first || last.now - first.now < SECONDS_BEFORE_ESTIMATE) return 0;
    return (last.bytes - first.bytes) / (last.now - first.now);
  }
}

function amounts(sent, size) {
  const digits = { maximumFractionDigits: size < 10 * MEBIBYTE ? 1 : 0 };
  const [done, all] = [sent, size].map((bytes) => (bytes / MEBIBYTE).toLocaleString("en-GB", digits));
  return `${done} of ${all} MB`;
}

function timeLeft(rate, bytes) {
  if (!rate.value) return "";
  const minutes = bytes / rate.value / 60;
  if (minutes < 1) return "Less than a minute left";
  if (minutes < 1.5) return "About 1 minute left";
  if (minutes < 90) return `About ${Math.round(minutes)} minutes left`;
  return `About ${Math.round(minutes / 60)} hours left`;
}

function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
