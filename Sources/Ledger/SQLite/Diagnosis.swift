internal import CSQLite
internal import Dispatch
internal import Reconciliation

/// A second look at a database, by a connection of its own, where SQLite's words for an error do not say enough.
struct Diagnosis {
    let path: String

    private func connection() throws -> SQLiteConnection {
        try SQLiteConnection(path: path, access: .readOnly, busyTimeout: .milliseconds(100))
    }

    // MARK: Who needs what is missing

    /// `trigger guard, table notification_history`: what of the schema names it, at most three; nil when nothing does or
    /// the schema cannot be read.
    func users(of name: String) -> String? {
        let users = try? connection().statement(
            """
            SELECT type, name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL AND name NOT GLOB 'reconciler_*'
            ORDER BY type = 'table', type, name
            """
        ).all { ($0.text(0) ?? "", $0.text(1) ?? "", $0.text(2) ?? "") }
        let named = (users ?? []).filter { Self.words(of: $0.2).contains(name.lowercased()[...]) }
        guard !named.isEmpty else { return nil }
        return Redaction.clean(named.prefix(3).map { "\($0.0) \($0.1)" }.joined(separator: ", "))
    }

    private static func words(of sql: String) -> Set<Substring> {
        Set(sql.lowercased()[...].split { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "$" })
    }

    // MARK: Whether it is damaged

    enum Soundness: Equatable {
        case sound
        /// What was found first.
        case damaged(String)
        /// It could not be looked at to the end.
        case unknown
    }

    /// In a rollback journal nobody writes meanwhile.
    private static let longestLook = DispatchTimeInterval.seconds(1)

    /// What `PRAGMA quick_check` says, if it says so within a second.
    func soundness() -> Soundness {
        do {
            let connection = try connection()
            let alarm = Alarm(connection)
            defer { _ = alarm.hasRung() }
            let found = try connection.statement("PRAGMA quick_check(1)").first { $0.text(0) ?? "" }
            guard let found, !alarm.hasRung() else { return .unknown }
            return found == "ok" ? .sound : .damaged(Redaction.clean(found))
        } catch let error as SQLiteError where error.primaryCode == SQLITE_CORRUPT {
            return .damaged(error.message)
        } catch {
            return .unknown
        }
    }

    /// Interrupts what the connection does when it has taken long enough.
    private final class Alarm {
        /// Kept open: SQLite lets another thread interrupt it until it is closed.
        private let connection: SQLiteConnection
        private let queue = DispatchQueue(label: "bizgo-reconciler.diagnosis")
        private let item: DispatchWorkItem
        private let rung = DispatchSemaphore(value: 0)

        init(_ connection: SQLiteConnection) {
            self.connection = connection
            nonisolated(unsafe) let handle = connection.handle
            item = DispatchWorkItem { [rung] in
                rung.signal()
                sqlite3_interrupt(handle)
            }
            queue.asyncAfter(deadline: .now() + Diagnosis.longestLook, execute: item)
        }

        /// Whether it did. It does not any more.
        func hasRung() -> Bool {
            item.cancel()
            return queue.sync { rung.wait(timeout: .now()) == .success }
        }
    }
}
