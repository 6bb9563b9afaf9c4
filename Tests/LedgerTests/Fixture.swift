import CSQLite
import Engine
import FoundationEssentials
import Glibc
@testable import Ledger
import Reconciliation
import Support

let now = Timestamp(seconds: 1_800_000_000)

extension RowLocator {
    /// Of SQLite.
    var rowid: Int64? { number }
}

extension Policy {
    static let usual = Policy(retry: RetrySchedule(jitter: 0))
}

extension AlertRules {
    static let usual = AlertRules(
        groupWait: .seconds(30), repeatEvery: .seconds(4 * 3600), keepFiringFor: .seconds(600))
}

extension Duration {
    static func minutes(_ count: Int64) -> Duration { .seconds(count * 60) }
    static func hours(_ count: Int64) -> Duration { .seconds(count * 3600) }
    static func days(_ count: Int64) -> Duration { .seconds(count * 86_400) }
}

/// A database file with the default table, as an application would have made it.
struct Fixture: Sendable {
    let folder = TemporaryFolder()
    var configuration: LedgerConfiguration

    static let table = """
        CREATE TABLE notification_history (id INTEGER PRIMARY KEY, external_id TEXT UNIQUE,
            status TEXT NOT NULL DEFAULT 'PENDING', service_type TEXT, report_code TEXT, error_message TEXT,
            created_at TEXT NOT NULL, updated_at TEXT)
        """

    init(
        table: String? = Fixture.table, journal: String = "WAL",
        _ configure: (inout LedgerConfiguration) -> Void = { _ in }
    ) {
        configuration = LedgerConfiguration(path: folder.file("app.db"), policy: .usual, alertRules: .usual)
        configuration.busyTimeout = .milliseconds(20)
        configure(&configuration)
        guard let table else { return }
        raw.run("PRAGMA journal_mode = \(journal)")
        raw.run(table)
    }

    var path: String { configuration.place.text }

    /// A connection of its own each time.
    var raw: RawDatabase { RawDatabase(path) }

    func open(_ mode: SQLLedger.Mode = .readWrite) throws -> SQLLedger {
        try SQLLedger.open(configuration, mode: mode)
    }

    /// Pending rows with ids from `first` on, keys `m1`, `m2`, …
    func addPending(_ range: ClosedRange<Int>, age: Duration = .hours(1)) {
        let time = (now - age).iso8601(offset: 9 * 3600)
        raw.run(
            """
            WITH RECURSIVE i(n) AS (SELECT \(range.lowerBound) UNION ALL SELECT n + 1 FROM i WHERE n < \(range.upperBound))
            INSERT INTO notification_history (id, external_id, status, created_at, updated_at)
            SELECT n, 'm' || n, 'PENDING', '\(time)', '\(time)' FROM i
            """)
    }

    /// As the first cycle does that leaves nothing due.
    func makeIndex() throws {
        let connection = try SQLiteConnection(path: path, access: .readWrite, busyTimeout: .seconds(1))
        let mapping = try TableInspection(database: connection, configuration: configuration).mapping()
        try PendingIndex(mapping: mapping).create(on: connection)
    }

    func status(_ key: String) -> String? {
        raw.value("SELECT status FROM notification_history WHERE external_id = '\(key)'")
    }

    func set(_ key: String, _ status: String) {
        raw.run("UPDATE notification_history SET status = '\(status)' WHERE external_id = '\(key)'")
    }
}

extension Ledger {
    /// The whole walk, with what a page was handed to in between.
    func walk(
        at now: Timestamp = now, limit: Int = 100, maximumPages: Int = 10_000,
        between: ([DueMessage]) async throws -> Void = { _ in }
    ) async throws -> [DueMessage] {
        var all: [DueMessage] = []
        var cursor: DueCursor? = DueCursor()
        var pages = 0
        while let here = cursor, pages < maximumPages {
            let page = try await due(from: here, at: now, limit: limit)
            precondition(page.messages.count <= limit, "a page with more than its limit")
            all += page.messages
            try await between(page.messages)
            cursor = page.next
            pages += 1
        }
        return all
    }

    func dueMessage(_ key: String, at now: Timestamp = now) async throws -> DueMessage? {
        try await walk(at: now).first { $0.key.text == key }
    }
}

extension DueMessage {
    /// What the domain makes of an answer.
    func judged(_ entries: [ReportEntry], at time: Timestamp = now) -> Decision {
        var random = SeededGenerator(seed: 1)
        return Decision(self, Judgement(self, entries: entries, askedAt: time, policy: .usual, random: &random))
    }

    func delivered(at time: Timestamp = now) -> Decision { judged([entry("10000", time)], at: time) }

    func failed(_ code: String, at time: Timestamp = now) -> Decision { judged([entry(code, time)], at: time) }

    func open(at time: Timestamp = now) -> Decision { judged([], at: time) }

    /// As by a question that the provider does not take.
    func rejected(at time: Timestamp = now) -> Decision {
        var random = SeededGenerator(seed: 1)
        return Decision(self, .unanswered(self, .rejected, at: time, policy: .usual, random: &random))
    }

    private func entry(_ code: String, _ time: Timestamp) -> ReportEntry {
        ReportEntry(key: key, code: ReportCode(code), text: "some words", reportedAt: time)
    }
}

extension Fixture {
    /// The database alone, without a log.
    func copyDatabase(to path: String) -> Bool {
        FileManager.default.contents(atPath: self.path).map {
            FileManager.default.createFile(atPath: path, contents: $0)
        } ?? false
    }

    func removeDatabase() {
        for suffix in DatabaseFiles.suffixes { try? FileManager.default.removeItem(atPath: path + suffix) }
    }

    /// Copies the file with that suffix, if there is one, as it is at this moment.
    func copy(_ suffix: String, to other: Fixture) {
        guard let data = FileManager.default.contents(atPath: path + suffix) else { return }
        _ = FileManager.default.createFile(atPath: other.path + suffix, contents: data)
    }
}

/// The application's side of the database, by means of its own: nothing here is shared with the code under test.
final class RawDatabase {
    private let handle: OpaquePointer

    init(_ path: String) {
        var handle: OpaquePointer?
        guard sqlite3_open(path, &handle) == SQLITE_OK, let handle else { preconditionFailure("cannot open \(path)") }
        self.handle = handle
        sqlite3_busy_timeout(handle, 5000)
    }

    deinit {
        sqlite3_close_v2(handle)
    }

    func run(_ sql: String) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else {
            preconditionFailure("\(String(cString: sqlite3_errmsg(handle))) in \(sql)")
        }
    }

    /// Every column as text.
    func rows(_ sql: String) -> [[String?]] {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else {
            preconditionFailure("\(String(cString: sqlite3_errmsg(handle))) in \(sql)")
        }
        defer { sqlite3_finalize(statement) }
        var rows: [[String?]] = []
        while sqlite3_step(statement) == SQLITE_ROW {
            rows.append(
                (0..<sqlite3_column_count(statement)).map { column in
                    sqlite3_column_text(statement, column).map { String(cString: $0) }
                })
        }
        return rows
    }

    func value(_ sql: String) -> String? { rows(sql).first?.first ?? nil }

    func count(_ sql: String) -> Int { value(sql).flatMap { Int($0) } ?? 0 }
}

/// Runs `body` with file permissions that root does not have, on this thread only. Without root it just runs it.
func unprivileged<Value>(_ body: () throws -> Value) rethrows -> Value {
    guard geteuid() == 0 else { return try body() }
    typealias SetFileUser = @convention(c) (uid_t) -> Int32
    guard let symbol = dlsym(nil, "setfsuid") else { preconditionFailure("no setfsuid") }
    let setFileUser = unsafeBitCast(symbol, to: SetFileUser.self)
    _ = setFileUser(65_534)
    defer { _ = setFileUser(0) }
    return try body()
}
