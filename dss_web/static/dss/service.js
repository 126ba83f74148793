// Pages work without this file. It saves people waiting and reloading.
import { initAll } from "../govuk-frontend/govuk-frontend.min.js";
import { followProgress } from "./progress.js";
import { sendFilesInBackground } from "./upload.js";

function enhance(scope) {
  initAll({ scope });
  sendFilesInBackground(scope, enhance);
}

enhance(document);
followProgress();
