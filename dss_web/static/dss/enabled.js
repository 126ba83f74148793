// Runs before anything is drawn, so that the stylesheet knows that JavaScript is available.
document.body.classList.add("js-enabled");
if ("noModule" in HTMLScriptElement.prototype) document.body.classList.add("govuk-frontend-supported");
