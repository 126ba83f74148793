// A copy button on each code example, in browsers that let pages write to the clipboard.
if (navigator.clipboard) {
  for (const example of document.querySelectorAll(".dss-example:not(.dss-example--output)")) {
    const code = example.querySelector("pre");
    const title = example.querySelector("figcaption").textContent;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "dss-example__copy";
    button.innerHTML = 'Copy<span class="govuk-visually-hidden"></span>';
    button.lastChild.textContent = ` ${title}`;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(code.textContent);
      button.firstChild.textContent = "Copied";
      setTimeout(() => (button.firstChild.textContent = "Copy"), 2000);
    });
    example.append(button);
  }
}

// The documentation was one page once: what had an anchor there is in the index of this page, as a link.
const moved = document.querySelector("#moved");
const lead = () => {
  const target = moved && location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && moved.contains(target) && target !== moved) location.replace(target.querySelector("a").href);
};
lead();
addEventListener("hashchange", lead);
