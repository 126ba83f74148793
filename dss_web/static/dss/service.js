// Pages work without this file. It saves people waiting and reloading, and explains what goes wrong on the way.
import { initAll } from "../govuk-frontend/govuk-frontend.min.js";
import { resetForms, sendInBackground } from "./forms.js";
import { followProgress } from "./progress.js";

function enhance(scope) {
  initAll({ scope });
  sendInBackground(scope, enhance);
}

enhance(document);
followProgress();
window.addEventListener("pageshow", resetForms);
