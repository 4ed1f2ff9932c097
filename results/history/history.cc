// SPDX-License-Identifier: GPL-2.0-only

#include "results/history/history.h"

#include <fmt/core.h>
#include <sqlite3.h>

#include <map>

#include "core/error.h"
#include "results/run/unfinished_jobs.h"

namespace daxmend {
namespace {

constexpr int kBusyMilliseconds = 30'000;
constexpr int kApplicationId = 0x64786d64;  // "dxmd"
constexpr int kVersion = 1;

constexpr char kTables[] = R"(
CREATE TABLE fingerprint (
  id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE,
  clock TEXT NOT NULL, environment TEXT NOT NULL);
CREATE TABLE run (
  id INTEGER PRIMARY KEY, time INTEGER NOT NULL, label TEXT NOT NULL);
CREATE TABLE series (
  id INTEGER PRIMARY KEY, fingerprint INTEGER NOT NULL REFERENCES fingerprint,
  job TEXT NOT NULL, path TEXT NOT NULL, metric TEXT NOT NULL,
  unit TEXT NOT NULL, sense INTEGER NOT NULL,
  UNIQUE (fingerprint, job, path, metric));
CREATE TABLE value (
  series INTEGER NOT NULL REFERENCES series, run INTEGER NOT NULL REFERENCES run,
  value REAL NOT NULL, PRIMARY KEY (series, run)) WITHOUT ROWID;
)";

// Of the database's last call.
Error SqliteError(const std::string& path, sqlite3* db,
                  const std::string& way_out = "") {
  return Error({.thing = "history " + path,
                .cause = fmt::format("cannot be used ({})", sqlite3_errmsg(db)),
                .way_out = way_out});
}

// One prepared statement: Bind() in order, then Step() until it says false.
class Statement {
 public:
  Statement(sqlite3* db, const std::string& path, const char* sql)
      : db_(db), path_(path) {
    if (sqlite3_prepare_v2(db, sql, -1, &statement_, nullptr) != SQLITE_OK)
      Fail();
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& Bind(const std::string& text) {
    sqlite3_bind_text(statement_, ++bound_, text.data(),
                      static_cast<int>(text.size()), SQLITE_TRANSIENT);
    return *this;
  }
  Statement& Bind(int64_t number) {
    sqlite3_bind_int64(statement_, ++bound_, number);
    return *this;
  }
  Statement& Bind(double number) {
    sqlite3_bind_double(statement_, ++bound_, number);
    return *this;
  }
  bool Step() {
    const int result = sqlite3_step(statement_);
    if (result != SQLITE_ROW && result != SQLITE_DONE) Fail();
    return result == SQLITE_ROW;
  }
  void Reset() {
    sqlite3_reset(statement_);
    bound_ = 0;
  }
  std::string Text(int column) {
    const auto* text = sqlite3_column_text(statement_, column);
    return text ? reinterpret_cast<const char*>(text) : "";
  }
  int64_t Integer(int column) {
    return sqlite3_column_int64(statement_, column);
  }
  double Real(int column) { return sqlite3_column_double(statement_, column); }

 private:
  [[noreturn]] void Fail() { throw SqliteError(path_, db_); }

  sqlite3* db_;
  const std::string& path_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

// All that CompareFingerprints() looks at, in one text.
std::string FingerprintOf(const RunRecord& record) {
  std::string text;
  for (const EnvironmentPart& part : kEnvironmentParts)
    if (part.fingerprint) text += part.Of(record.environment) + "\n";
  for (const JobRecord& job : record.jobs) {
    text += "[" + job.name + "]\n";
    for (const auto& [name, value] : job.options)
      if (name != "path_log" && name != "ioengine")
        text += name + "=" + value + "\n";
  }
  return text;
}

}  // namespace

std::string EnvironmentInWords(const Environment& e) {
  return e.kernel + ", " + e.machine +
         (e.qemu.empty() ? "" : " (QEMU " + e.qemu + ")") + ", " +
         std::string(NameOf(e.clock)) + " clock, " + e.filesystem + ", " +
         e.cpu + ", " + e.fio;
}

History::History(const std::string& path, bool create)
    : path_(path), db_(nullptr, sqlite3_close) {
  sqlite3* db = nullptr;
  const int result = sqlite3_open_v2(
      path.c_str(), &db,
      SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0), nullptr);
  db_.reset(db);
  if (result != SQLITE_OK)
    throw SqliteError(path, db,
                      "make it with 'daxmend history add', in a writable "
                      "directory");
  sqlite3_busy_timeout(db, kBusyMilliseconds);
  // Two may be making it at once: look and make in one transaction.
  Run(create ? "BEGIN IMMEDIATE" : "BEGIN");
  auto pragma = [&](const char* sql) {
    Statement statement(db_.get(), path_, sql);
    statement.Step();
    return statement.Integer(0);
  };
  // An empty file of 0 bytes is a database, too: only one without tables is
  // made ours.
  const int64_t id = pragma("PRAGMA application_id");
  const int64_t version = pragma("PRAGMA user_version");
  const int64_t tables = pragma("SELECT count(*) FROM sqlite_master");
  if (create && id == 0 && version == 0 && tables == 0) {
    Run(kTables);
    Run((fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}",
                     kApplicationId, kVersion))
            .c_str());
  } else if (id != kApplicationId) {
    throw Error({.thing = path,
                 .cause = "is not a history of daxmend",
                 .way_out = "name another with --db"});
  } else if (version != kVersion) {
    throw Error(
        {.thing = "history " + path,
         .cause = fmt::format("is of version {}, and this daxmend reads {}",
                              version, kVersion),
         .way_out = "start another with --db"});
  }
  Run("COMMIT");
}

History::~History() = default;

void History::Run(const char* sql) {
  if (sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    throw SqliteError(path_, db_.get());
}

int64_t History::FingerprintId(const RunRecord& record) {
  const std::string text = FingerprintOf(record);
  Statement(db_.get(), path_,
            "INSERT OR IGNORE INTO fingerprint (text, clock, environment) "
            "VALUES (?, ?, ?)")
      .Bind(text)
      .Bind(std::string(NameOf(record.environment.clock)))
      .Bind(EnvironmentInWords(record.environment))
      .Step();
  Statement find(db_.get(), path_, "SELECT id FROM fingerprint WHERE text = ?");
  find.Bind(text).Step();
  return find.Integer(0);
}

void History::Add(const RunRecord& record, const std::string& label,
                  int64_t time) {
  for (const std::string& job : record.unfinished)
    throw Error({.thing = "the run",
                 .cause = fmt::format("was not added to {}: {}", path_,
                                      UnfinishedText(job)),
                 .way_out = "run it again"});
  const std::string refusal = ClockRefusal(record.environment, "this run");
  if (!refusal.empty())
    throw Error(
        {.thing = "the run",
         .cause = fmt::format("was not added to {}: {}", path_, refusal)});
  Run("BEGIN IMMEDIATE");
  try {
    const int64_t fingerprint = FingerprintId(record);
    Statement(db_.get(), path_, "INSERT INTO run (time, label) VALUES (?, ?)")
        .Bind(time)
        .Bind(label)
        .Step();
    const int64_t run = sqlite3_last_insert_rowid(db_.get());
    Statement add_series(
        db_.get(), path_,
        "INSERT OR IGNORE INTO series (fingerprint, job, path, metric, unit, "
        "sense) VALUES (?, ?, ?, ?, ?, ?)");
    Statement add_value(db_.get(), path_,
                        "INSERT INTO value (series, run, value) SELECT id, ?, "
                        "? FROM series WHERE fingerprint = ? AND job = ? AND "
                        "path = ? AND metric = ?");
    for (const Measure& measure : MeasuresOf(record)) {
      const MetricKey& key = measure.key;
      add_series.Bind(fingerprint)
          .Bind(key.job)
          .Bind(key.path)
          .Bind(key.metric);
      add_series.Bind(measure.unit)
          .Bind(static_cast<int64_t>(measure.sense))
          .Step();
      // A statement that was stepped takes no new values before it is reset.
      add_series.Reset();
      add_value.Bind(run).Bind(measure.value()).Bind(fingerprint);
      add_value.Bind(key.job).Bind(key.path).Bind(key.metric).Step();
      add_value.Reset();
    }
    Run("COMMIT");
  } catch (...) {
    sqlite3_exec(db_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

std::vector<HistorySeries> History::Series(const HistoryFilter& filter) {
  std::vector<HistorySeries> out;
  Statement rows(
      db_.get(), path_,
      "SELECT series.id, clock, fingerprint, environment, job, path, metric, "
      "unit, sense FROM series JOIN fingerprint ON fingerprint.id = "
      "series.fingerprint WHERE job GLOB ? AND path GLOB ? AND metric GLOB ? "
      "ORDER BY fingerprint, series.id");
  rows.Bind(filter.job).Bind(filter.path).Bind(filter.metric);
  Statement values(db_.get(), path_,
                   "SELECT time, label, value FROM value JOIN run ON run.id = "
                   "run WHERE series = ? AND time >= ? ORDER BY time, run");
  while (rows.Step()) {
    HistorySeries series;
    series.clock = ClockNamed(rows.Text(1)).value_or(Clock::kWall);
    series.fingerprint = rows.Integer(2);
    series.environment = rows.Text(3);
    series.key = {rows.Text(4), rows.Text(5), rows.Text(6)};
    series.unit = rows.Text(7);
    series.sense = static_cast<Sense>(rows.Integer(8));
    values.Bind(rows.Integer(0)).Bind(filter.since);
    std::vector<double> numbers;
    while (values.Step()) {
      series.points.push_back(
          {values.Integer(0), values.Text(1), values.Real(2)});
      numbers.push_back(values.Real(2));
    }
    values.Reset();
    if (numbers.empty()) continue;
    series.changes = series.clock == Clock::kVirtual
                         ? FindExactChanges(numbers)
                         : FindChangePoints(numbers);
    out.push_back(std::move(series));
  }
  return out;
}

}  // namespace daxmend
