"""Documents in, hits out: what people can find, in Ukrainian, Russian and English, each within what they may see."""
