// Suggestions as one types: an editable combobox with a list (WAI-ARIA Authoring Practices). Without it the form works as it is.

interface Suggestion {
  title: string;
  kind_title: string;
  subtitle: string;
  count: number;
  url: string | null;
}

const WORDS = {
  uk: {
    list: "Підказки",
    none: "Підказок немає",
    some: (count: number) => `Підказок: ${count}. Вибирайте стрілками вгору та вниз.`,
    many: (count: number) => `${count} з такою назвою`,
  },
  en: {
    list: "Suggestions",
    none: "No suggestions",
    some: (count: number) => `${count} ${count === 1 ? "suggestion" : "suggestions"}. Use the up and down arrows.`,
    many: (count: number) => `${count} of this name`,
  },
};

const PAUSE = 120;
const LEAST = 2;

/** Returns the option that an arrow key leads to: -1 is the field itself, beyond each end the other end. */
export function moved(active: number, count: number, step: 1 | -1): number {
  if (count === 0) return -1;
  const places = count + 1;
  return ((active + 1 + step + places) % places) - 1;
}

/** Returns what is written under a suggestion's title. */
export function about(item: Suggestion, many: (count: number) => string): string {
  return [item.kind_title, item.count > 1 ? many(item.count) : item.subtitle].filter(Boolean).join(" · ");
}

/** Gives the search field of a form its suggestions; `language` is that of the page. */
export function suggest(input: HTMLInputElement, language: string): void {
  const words = language.startsWith("en") ? WORDS.en : WORDS.uk;
  const list = document.createElement("ul");
  list.id = `${input.id}-suggestions`;
  list.className = "gp-suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", words.list);
  list.hidden = true;
  const spoken = document.createElement("div");
  spoken.className = "govuk-visually-hidden";
  spoken.setAttribute("role", "status");
  const line = input.closest<HTMLElement>(".gp-query__line") ?? input.parentElement!;
  line.classList.add("gp-suggested");
  line.append(list, spoken);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("autocomplete", "off");

  let items: Suggestion[] = [];
  let active = -1;
  let typed = input.value;
  let timer = 0;
  let asked: AbortController | null = null;

  const close = (): void => {
    asked?.abort();
    window.clearTimeout(timer);
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
  };
  const mark = (index: number): void => {
    active = index;
    for (const [number, option] of [...list.children].entries()) {
      option.setAttribute("aria-selected", String(number === index));
      if (number === index) option.scrollIntoView({ block: "nearest" });
    }
    if (index >= 0) input.setAttribute("aria-activedescendant", `${list.id}-${index}`);
    else input.removeAttribute("aria-activedescendant");
  };
  const show = (found: Suggestion[]): void => {
    items = found;
    list.replaceChildren(...found.map((item, index) => option(item, index)));
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
    mark(-1);
    spoken.textContent = found.length ? words.some(found.length) : words.none;
  };
  const option = (item: Suggestion, index: number): HTMLLIElement => {
    const line = document.createElement("li");
    line.id = `${list.id}-${index}`;
    line.className = "gp-suggestions__option";
    line.setAttribute("role", "option");
    line.setAttribute("aria-selected", "false");
    const title = document.createElement("span");
    title.className = "gp-suggestions__title";
    title.textContent = item.title;
    const note = document.createElement("span");
    note.className = "gp-suggestions__about";
    note.textContent = about(item, words.many);
    line.append(title, " ", note);
    line.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    line.addEventListener("click", () => choose(index));
    return line;
  };
  const choose = (index: number): void => {
    const item = items[index];
    if (!item) return;
    input.value = item.title;
    close();
    if (item.url) location.assign(item.url);
    else input.form?.requestSubmit();
  };
  const ask = async (): Promise<void> => {
    asked?.abort();
    asked = new AbortController();
    const question = new URLSearchParams({ q: input.value, lang: language });
    try {
      const answer = await fetch(`/api/search/suggest?${question}`, { signal: asked.signal });
      if (answer.ok) show(((await answer.json()) as { items: Suggestion[] }).items);
      else close();
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) close(); // no network: the form still works
    }
  };

  input.addEventListener("input", () => {
    typed = input.value;
    window.clearTimeout(timer);
    if (typed.trim().length < LEAST || typed.length > 300) return close();
    timer = window.setTimeout(() => void ask(), PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !list.hidden) {
      event.preventDefault();
      mark(moved(active, items.length, event.key === "ArrowDown" ? 1 : -1));
      input.value = active >= 0 ? items[active]!.title : typed;
    } else if (event.key === "ArrowDown" && input.value.trim().length >= LEAST) {
      event.preventDefault();
      void ask();
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      choose(active);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      input.value = typed;
      close();
    }
  });
  input.addEventListener("blur", close);
  input.form?.addEventListener("submit", close);
}
