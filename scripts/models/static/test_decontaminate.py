"""The filter catches pairs planted beside clean ones. Run: python -m unittest test_decontaminate"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))

import decontaminate  # noqa: E402

DOCUMENT = "the ferry leaves the northern harbour at seven every morning except on stormy days"
QUERY = "how do I count the ferries in the harbour"
CLEAN = {"kind": "doc", "query": "open a file for reading", "passage": "def open_file(path): return open(path)"}


def pair(query: str, passage: str) -> dict:
    return {"kind": "doc", "query": query, "passage": passage}


class DecontaminateTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        data = self.root / "data" / "set"
        data.mkdir(parents=True)
        (data / "corpus.jsonl").write_text(json.dumps({"_id": "1", "text": DOCUMENT}) + "\n")
        (data / "queries.jsonl").write_text(json.dumps({"_id": "1", "text": QUERY}) + "\n")
        (data / "codes.txt").write_text(json.dumps({"def moor(boat, pier): pier.boats.append(boat) or boat": 0}))
        self.filter = decontaminate.load(self.root / "data")

    def test_keeps_a_clean_pair(self):
        self.assertIsNone(self.filter.reason(CLEAN["query"], CLEAN["passage"]))

    def test_drops_a_passage_with_eight_words_of_a_document(self):
        passage = "Note: The FERRY leaves, the (northern) harbour at seven. Nothing else is the same."
        self.assertIsNotNone(self.filter.reason("a clean query", passage))

    def test_keeps_seven_words_of_a_document(self):
        self.assertIsNone(self.filter.reason("a clean query", "ferry leaves the northern harbour at seven"))

    def test_drops_a_query_with_five_words_of_an_evaluation_query(self):
        self.assertIsNotNone(self.filter.reason("to count the ferries in the port", "clean"))

    def test_drops_an_equal_query_whatever_its_case(self):
        short = decontaminate.Filter()
        short.add_query("sort a list")
        self.assertIsNotNone(short.reason("Sort a list!", "clean"))

    def test_reads_texts_that_are_keys(self):
        passage = "def moor(boat, pier):\n    pier.boats.append(boat) or boat"
        self.assertIsNotNone(self.filter.reason("a clean query", passage))

    def test_refuses_a_folder_without_evaluation_texts(self):
        with self.assertRaises(SystemExit):
            decontaminate.load(self.root / "nothing")

    def test_the_command_drops_what_was_planted_and_says_so(self):
        planted = [pair(QUERY, "clean"), pair("a clean query", DOCUMENT)]
        pairs = self.root / "pairs.jsonl"
        pairs.write_text("".join(json.dumps(row) + "\n" for row in [CLEAN, *planted]))
        clean = self.root / "clean.jsonl"
        command = [sys.executable, str(HERE / "decontaminate.py"), "--data", str(self.root / "data")]
        done = subprocess.run([*command, str(pairs), str(clean)], capture_output=True, text=True, check=True)
        self.assertEqual([json.loads(line) for line in clean.read_text().splitlines()], [CLEAN])
        self.assertIn("dropped 2 of 3 pairs", done.stdout)


if __name__ == "__main__":
    unittest.main()
