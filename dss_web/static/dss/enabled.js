// Tells the stylesheet, before anything is drawn, that JavaScript is there.
document.body.classList.add("js-enabled");
if ("noModule" in HTMLScriptElement.prototype) document.body.classList.add("govuk-frontend-supported");
