/* The input for a focal point: a click, a drag or the arrow keys on the picture fill in the text input.

   Every listener is on the document, so inputs that are added to the page later work as well. */
(() => {
    "use strict";

    const STEP = 0.01;
    const LARGE_STEP = 0.1;
    const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const TEXT = /^\s*(\d+\.?\d*|\.\d+)\s*,\s*(\d+\.?\d*|\.\d+)\s*$/;

    /** Return the parts of the widget that an element belongs to, null for any other element. */
    function widgetOf(element) {
        const widget = element instanceof Element ? element.closest(".advthumb-focus") : null;
        return widget && {
            input: widget.querySelector("input"),
            picture: widget.querySelector(".advthumb-focus-picture"),
            image: widget.querySelector("img"),
            mark: widget.querySelector(".advthumb-focus-point"),
            note: widget.querySelector(".advthumb-focus-note"),
            names: widget.dataset,
        };
    }

    /** Return the widget whose picture an element is, or is in. */
    function widgetOfPicture(element) {
        const widget = widgetOf(element);
        return widget && widget.picture.contains(element) ? widget : null;
    }

    /** Return [x, y] in the input, null if it is empty or no point. */
    function chosen(widget) {
        const found = TEXT.exec(widget.input.value);
        const point = found && [Number(found[1]), Number(found[2])];
        return point && Math.max(...point) <= 1 ? point : null;
    }

    /** Show what the input says. */
    function show(widget) {
        const point = chosen(widget);
        const [x, y] = (point || [0.5, 0.5]).map((side) => Math.round(side * 1000) / 10);
        const texts = widget.picture.dataset;
        widget.mark.hidden = !point;
        widget.mark.style.left = `${x}%`;
        widget.mark.style.top = `${y}%`;
        widget.picture.setAttribute("aria-valuenow", x);
        widget.picture.setAttribute(
            "aria-valuetext",
            point ? texts.chosen.replace("{x}", x).replace("{y}", y) : texts.none,
        );
    }

    /** Fill in a text, as if it were typed. */
    function fillIn(widget, text) {
        if (widget.input.disabled || widget.input.readOnly || widget.input.value === text) {
            return;
        }
        widget.input.value = text;
        widget.input.dispatchEvent(new Event("input", { bubbles: true }));
        widget.input.dispatchEvent(new Event("change", { bubbles: true }));
    }

    /** Fill in a point; what lies outside of the picture is moved to its rim. */
    function choose(widget, x, y) {
        fillIn(widget, [x, y].map((side) => Math.min(Math.max(side, 0), 1).toFixed(3)).join(","));
    }

    function chooseAt(widget, event) {
        const box = widget.image.getBoundingClientRect();
        choose(widget, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    }

    function reveal(widget, shown) {
        widget.picture.hidden = !shown;
        widget.note.hidden = !shown;
        show(widget);
    }

    /** The widget on whose picture the button was pressed, until it is released anywhere. */
    let dragging = null;

    document.addEventListener("pointerdown", (event) => {
        dragging = event.button === 0 ? widgetOfPicture(event.target) : null;
        if (dragging) {
            event.preventDefault(); // the browser would select text
            dragging.picture.focus();
            chooseAt(dragging, event);
        }
    });

    document.addEventListener("pointermove", (event) => {
        if (dragging && event.buttons) {
            chooseAt(dragging, event);
        }
    });

    for (const end of ["pointerup", "pointercancel"]) {
        document.addEventListener(end, () => {
            dragging = null;
        });
    }

    document.addEventListener("keydown", (event) => {
        const widget = widgetOfPicture(event.target);
        if (!widget || event.altKey || event.ctrlKey || event.metaKey) {
            return;
        }
        const move = MOVES[event.key];
        if (move) {
            const step = event.shiftKey ? LARGE_STEP : STEP;
            const [x, y] = chosen(widget) || [0.5, 0.5];
            choose(widget, x + move[0] * step, y + move[1] * step);
            event.preventDefault(); // the page would scroll
        } else if (event.key === "Delete" || event.key === "Backspace") {
            fillIn(widget, "");
            event.preventDefault();
        }
    });

    document.addEventListener("input", (event) => {
        const widget = widgetOf(event.target);
        if (widget) {
            show(widget);
        }
    });

    /* These two events do not bubble, so they are captured. */
    document.addEventListener("load", (event) => {
        const widget = widgetOfPicture(event.target);
        if (widget) {
            reveal(widget, true);
        }
    }, true);

    document.addEventListener("error", (event) => {
        const widget = widgetOfPicture(event.target);
        if (widget) {
            reveal(widget, false);
        }
    }, true);

    /** Show the file that was just chosen as the source. A browser that cannot show it reports an error. */
    function showFile(widget, file) {
        const before = widget.image.src;
        reveal(widget, false);
        widget.image.src = URL.createObjectURL(file);
        if (before.startsWith("blob:")) {
            URL.revokeObjectURL(before);
        }
    }

    document.addEventListener("change", (event) => {
        const source = event.target;
        if (!(source instanceof HTMLInputElement) || source.type !== "file" || !source.files.length) {
            return;
        }
        for (const element of (source.form || document).querySelectorAll(".advthumb-focus[data-source]")) {
            const widget = widgetOf(element);
            const { field, source: name } = widget.names;
            if (field && widget.input.name.slice(0, -field.length) + name === source.name) {
                showFile(widget, source.files[0]);
            }
        }
    });

    /* Pictures that were loaded before this script. */
    function revealLoaded() {
        for (const element of document.querySelectorAll(".advthumb-focus")) {
            const widget = widgetOf(element);
            if (widget.image.complete && widget.image.naturalWidth) {
                reveal(widget, true);
            }
        }
    }

    if (document.readyState === "loading") {
        document.addEventListener("DOMContentLoaded", revealLoaded);
    } else {
        revealLoaded();
    }
})();
