/* Placeholders: each frame shows its own until the picture has arrived, which then fades in. */
(() => {
    "use strict";

    for (const frame of document.querySelectorAll("[data-placeholder]")) {
        const image = frame.querySelector("img");
        frame.style.backgroundImage = `url(${frame.dataset.placeholder})`;
        if (image && !image.complete) {
            frame.classList.add("waiting");
            for (const end of ["load", "error"]) {
                image.addEventListener(end, () => frame.classList.remove("waiting"), { once: true });
            }
        }
    }

    /* A button that shows the placeholders alone, because on one's own machine they are gone at once. */
    const button = document.querySelector("button[aria-pressed]");
    if (button) {
        button.hidden = false;
        button.addEventListener("click", () => {
            const pressed = document.querySelector(".grid").classList.toggle("placeholders");
            button.setAttribute("aria-pressed", String(pressed));
        });
    }
})();
