"""Which licence a text is, and whether it is permissive; what is not recognised is refused."""

import re

# A phrase of the text itself, white space and case aside; the first that is found names it.
PERMISSIVE = {
    "Apache-2.0": r"apache license,? version 2\.0|apache software license 2\.0",
    "PSF": r"python software foundation license version 2|psf license agreement for python|license agreement for matplotlib",
    "PostgreSQL": r"permission to use, copy, modify, and distribute this software and its documentation "
    r"for any purpose, without fee, and without a written agreement",
    "WordNet": r"this software and database is being provided to you, the licensee, by princeton",
    "HPND": r"permission to use, copy, modify,? and distribute this software and its (associated )?"
    r"documentation for any purpose and without fee",
    "MIT": r"permission is hereby granted,? (free of charge|without written agreement)",
    "BSD": r"redistribution and use in source and binary forms|redistribution and use of this software in source",
    "ISC": r"permission to use, copy, modify,? and(/or)? distribute this software for any purpose",
    "ZPL": r"zope public license",
    "zlib": r"this software is provided 'as-is', without any express or implied warranty",
    "Unlicense": r"this is free and unencumbered software",
    "CC0": r"cc0 1\.0 universal|public domain dedication",
    "public domain": r"(dedicated to|placed in|in|on) the public domain",
}
REFUSED = {
    "GPL, LGPL or AGPL": r"gnu (lesser |library |affero )?(general )?public licen[cs]e|\b[al]?gpl\b|affero",
    "MPL": r"mozilla public licen[cs]e|\bmpl\b",
    "Creative Commons, not CC0": r"creative commons attribution|attribution-sharealike|\bcc[- ]by\b",
    "share alike": r"share-?alike",
    "not commercial": r"non-?commercial (use|purpose)s? only|not? (be used )?for commercial",
    "EPL or CDDL": r"eclipse public licen[cs]e|\bcddl\b",
}
# Sentences of permissive licences that name another licence without applying it.
HARMLESS = (
    r"gpl-?\s?compatib\w+|gpl- from compatible\?",
    r"previously distributed under the gnu general public license \(gpl\)",
    r"(doesn't|does not) mean that we're distributing python under the gpl",
    r"all python licenses, unlike the gpl, let you distribute",
    r"combine python with other software that is released under the gpl",
    r"\"not incompatible\" with the gpl",
)
# From here on the file speaks of compiled libraries that a wheel carries along; only .py files are read.
BUNDLED = re.compile(r"this binary distribution of [\w-]+ (can )?(also )?bundles?\b")


def judge(text: str) -> tuple[str | None, str | None]:
    """(name, None) of a permissive licence, or (None, why it is refused)."""
    flat = re.sub(r"[\s#*>]+", " ", text.lower())
    flat = BUNDLED.split(flat)[0]
    for phrase in HARMLESS:
        flat = re.sub(phrase, " ", flat)
    for name, pattern in REFUSED.items():
        found = re.search(pattern, flat)
        if found:
            return None, f"its licence file names {name}"
    names = [name for name, pattern in PERMISSIVE.items() if re.search(pattern, flat)]
    if not names:
        return None, "no licence was recognised"
    return " and ".join(names[:3]), None
