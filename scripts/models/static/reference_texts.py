"""Short texts whose vectors another implementation is compared with; each tries one thing."""

TEXTS = [
    "read a file line by line",
    "def read_lines(path):\n    with open(path) as file:\n        return file.readlines()",
    "getHTTPResponseCode",
    "parseXMLDocument2JSON(inputStream)",
    "snake_case_name and SCREAMING_SNAKE_CASE",
    "std::unordered_map<std::string, int> counts;",
    "How do I sort a dictionary by its values?",
    "We met at the harbour on Sunday, and it rained all day.",
    "the quick brown fox",
    "THE QUICK BROWN FOX",
    "naïve café, Ärger, São Paulo",
    "x = y ** 2 + 3.14e-10 * z[i, j]",
    "version 24.11.0 was released on 2026-11-21",
    "for (let i = 0; i < items.length; i++) { total += items[i].price; }",
    "unbelievably antidisestablishmentarian supercalifragilistic",
    "日本語 and 中文 beside English",
    "tabs\tand\nnew lines\r\nand   many   spaces",
    "IOError: [Errno 2] No such file or directory: '/tmp/a_b-c.txt'",
    "aB Bc BCd bCD 1A A1b ABC1Def",
    "select count(*) from orders where customerId = 7;",
]
