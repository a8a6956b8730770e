// What the core gives SQLite: functions of one connection, which loads this library as an extension. SQLite is the
// driver's own copy, called by the table it hands over; that table is kept by connection, since a process may have two.
//
//   haypile_best(TABLE, 'TABLE', limit, allowed, extras, weight of each column…)
//     of FTS5, for the first row that matches: the best rows of all that match, by bm25(), as one blob of doubles:
//     row and score of each; then for each phrase in how many rows it is; then the number of phrases, that of rows in
//     the table, and the bytes that are kept for this connection. Null where a row has a number past kMostRows.
//     allowed: null, or uint32 numbers of rows, each once. extras: null, or pairs of doubles that are added to the
//     scores. Weights are above 0.
//
// Between two calls the length of rows is kept, as long as the database stays as it is: two bytes a row.
#include <sqlite3ext.h>

#include <cstring>
#include <map>
#include <new>
#include <string>

#include "core/row_scores.h"
#include "stay_loaded.h"

#ifdef _WIN32
#define HAYPILE_ENTRY extern "C" __declspec(dllexport)
#else
#define HAYPILE_ENTRY extern "C" __attribute__((visibility("default")))
#endif

namespace haypile {
namespace {

// Lengths of the rows of one table, as one more than they are; 0: not read yet, or too long for it.
using Sizes = ByRow<uint16_t>;

struct Connection {
  // By this name SQLite's macros find it.
  const sqlite3_api_routines* sqlite3_api;
  sqlite3* db;
  // By the name of the table.
  std::map<std::string, Sizes> sizes;
  // Of the database, when the sizes were read.
  unsigned version = 0;

  // The sizes of a table as the database is now; null while it is being written to, since that may be taken back.
  Sizes* SizesOf(const std::string& table) {
    unsigned now = 0;
    if (sqlite3_txn_state(db, "main") == SQLITE_TXN_WRITE) return nullptr;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_DATA_VERSION, &now) != SQLITE_OK) return nullptr;
    if (now != version) sizes.clear();
    version = now;
    return &sizes[table];
  }

  size_t bytes() const {
    size_t sum = 0;
    for (const auto& [table, rows] : sizes) sum += rows.bytes();
    return sum;
  }
};

void Drop(void* connection) { delete static_cast<Connection*>(connection); }

struct Arguments {
  std::string table;
  size_t limit = 0;
  bool isFiltered = false;
  std::vector<uint32_t> allowed;
  std::vector<double> extras;
  std::vector<double> weights;
};

template <class Value>
std::vector<Value> ValuesOf(const sqlite3_api_routines* sqlite3_api, sqlite3_value* value) {
  const void* data = sqlite3_value_blob(value);
  std::vector<Value> values(static_cast<size_t>(sqlite3_value_bytes(value)) / sizeof(Value));
  if (!values.empty()) std::memcpy(values.data(), data, values.size() * sizeof(Value));
  return values;
}

// False: they are not as they must be.
bool Read(const sqlite3_api_routines* sqlite3_api, int columns, int count, sqlite3_value** given,
          Arguments& read) {
  if (count != 4 + columns) return false;
  const auto* table = reinterpret_cast<const char*>(sqlite3_value_text(given[0]));
  const sqlite3_int64 limit = sqlite3_value_int64(given[1]);
  if (table == nullptr || limit < 0) return false;
  read.table = table;
  read.limit = static_cast<size_t>(limit);
  read.isFiltered = sqlite3_value_type(given[2]) != SQLITE_NULL;
  read.allowed = ValuesOf<uint32_t>(sqlite3_api, given[2]);
  read.extras = ValuesOf<double>(sqlite3_api, given[3]);
  for (int at = 4; at < count; ++at) {
    const double weight = sqlite3_value_double(given[at]);
    if (!(weight > 0)) return false;
    read.weights.push_back(weight);
  }
  return read.extras.size() % 2 == 0;
}

// The rows that hold one word, as FTS5 comes by them.
struct Holders {
  const std::vector<double>* weights;
  Sizes* sizes;
  std::vector<WordRow> rows;
  bool isPastMost = false;
};

int AddHolder(const Fts5ExtensionApi* fts, Fts5Context* at, Holders& holders) {
  const sqlite3_int64 id = fts->xRowid(at);
  if (id < 0 || id >= sqlite3_int64{kMostRows}) {
    holders.isPastMost = true;
    return SQLITE_DONE;
  }
  WordRow found{static_cast<uint32_t>(id), 0, 0};
  Fts5PhraseIter places;
  int column = 0;
  int offset = 0;
  int status = fts->xPhraseFirst(at, 0, &places, &column, &offset);
  if (status != SQLITE_OK) return status;
  for (; column >= 0; fts->xPhraseNext(at, &places, &column, &offset)) {
    found.frequency += (*holders.weights)[static_cast<size_t>(column)];
  }
  const uint16_t known = holders.sizes == nullptr ? uint16_t{0} : holders.sizes->Find(found.row);
  if (known > 0) {
    found.size = known - 1u;
  } else {
    int size = 0;
    status = fts->xColumnSize(at, -1, &size);
    if (status != SQLITE_OK) return status;
    found.size = static_cast<uint32_t>(size);
    if (holders.sizes != nullptr && size >= 0 && size < UINT16_MAX) {
      holders.sizes->At(found.row) = static_cast<uint16_t>(size + 1);
    }
  }
  holders.rows.push_back(found);
  return SQLITE_OK;
}

// Nothing may be thrown through SQLite.
int OnHolder(const Fts5ExtensionApi* fts, Fts5Context* at, void* holders) {
  try {
    return AddHolder(fts, at, *static_cast<Holders*>(holders));
  } catch (const std::bad_alloc&) {
    return SQLITE_NOMEM;
  }
}

// Gives the answer to SQLite, or says what is wrong with an error code.
int Answer(const Fts5ExtensionApi* fts, Fts5Context* cursor, sqlite3_context* result,
           Connection& connection, const Arguments& asked) {
  const sqlite3_api_routines* sqlite3_api = connection.sqlite3_api;
  sqlite3_int64 rows = 0;
  sqlite3_int64 words = 0;
  int status = fts->xRowCount(cursor, &rows);
  if (status == SQLITE_OK) status = fts->xColumnTotalSize(cursor, -1, &words);
  if (status != SQLITE_OK) return status;
  RowScores scores(static_cast<double>(rows), static_cast<double>(words) / static_cast<double>(rows));
  Holders holders{&asked.weights, connection.SizesOf(asked.table), {}};
  const int phrases = fts->xPhraseCount(cursor);
  std::vector<double> counts;
  for (int phrase = 0; phrase < phrases; ++phrase) {
    holders.rows.clear();
    status = fts->xQueryPhrase(cursor, phrase, &holders, OnHolder);
    if (status != SQLITE_OK) return status;
    scores.AddWord(holders.rows);
    counts.push_back(static_cast<double>(holders.rows.size()));
  }
  for (size_t at = 0; at < asked.extras.size(); at += 2) {
    const double row = asked.extras[at];
    if (!(row >= 0 && row < kMostRows)) holders.isPastMost = true;
    if (holders.isPastMost) break;
    scores.Add(static_cast<uint32_t>(row), asked.extras[at + 1]);
  }
  if (holders.isPastMost) {
    sqlite3_result_null(result);
    return SQLITE_OK;
  }
  std::vector<double> answer;
  for (const ScoredRow& best : scores.Best(asked.limit, asked.isFiltered ? &asked.allowed : nullptr)) {
    answer.push_back(best.row);
    answer.push_back(best.score);
  }
  answer.insert(answer.end(), counts.begin(), counts.end());
  answer.push_back(phrases);
  answer.push_back(static_cast<double>(rows));
  answer.push_back(static_cast<double>(connection.bytes()));
  sqlite3_result_blob64(result, answer.data(), answer.size() * sizeof(double), SQLITE_TRANSIENT);
  return SQLITE_OK;
}

void OnBest(const Fts5ExtensionApi* fts, Fts5Context* cursor, sqlite3_context* result, int count,
            sqlite3_value** given) {
  Connection& connection = *static_cast<Connection*>(fts->xUserData(cursor));
  const sqlite3_api_routines* sqlite3_api = connection.sqlite3_api;
  try {
    Arguments asked;
    if (!Read(sqlite3_api, fts->xColumnCount(cursor), count, given, asked)) {
      sqlite3_result_error(result, "haypile_best: see native/sql_functions.cc for its arguments", -1);
      return;
    }
    const int status = Answer(fts, cursor, result, connection, asked);
    if (status != SQLITE_OK) sqlite3_result_error_code(result, status);
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(result);
  }
}

// FTS5's own table of functions on a connection; null where there is none.
fts5_api* Fts5Of(const sqlite3_api_routines* sqlite3_api, sqlite3* db) {
  fts5_api* found = nullptr;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &statement, nullptr) == SQLITE_OK) {
    sqlite3_bind_pointer(statement, 1, static_cast<void*>(&found), "fts5_api_ptr", nullptr);
    sqlite3_step(statement);
  }
  sqlite3_finalize(statement);
  return found;
}

}  // namespace
}  // namespace haypile

// What sqlite3_load_extension() calls: it makes the name of that of the file.
HAYPILE_ENTRY int sqlite3_haypile_init(sqlite3* db, char**, const sqlite3_api_routines* sqlite3_api) {
  haypile::StayLoaded();
  fts5_api* fts = haypile::Fts5Of(sqlite3_api, db);
  if (fts == nullptr) return SQLITE_ERROR;
  auto* connection = new (std::nothrow) haypile::Connection{sqlite3_api, db, {}};
  if (connection == nullptr) return SQLITE_NOMEM;
  const int status =
      fts->xCreateFunction(fts, "haypile_best", connection, haypile::OnBest, haypile::Drop);
  if (status != SQLITE_OK) {
    haypile::Drop(connection);
    return status;
  }
  // The library stays anyway; SQLite need not close it with the connection.
  return SQLITE_OK_LOAD_PERMANENTLY;
}
