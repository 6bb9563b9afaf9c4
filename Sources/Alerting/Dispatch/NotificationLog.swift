package import Engine
package import Reconciliation

/// What each sink was told of each alert, as the ledger has it, with what the ledger does not show yet. Logs the first
/// failure in a row of reading or writing, and the end of it.
@EventLoop
final class NotificationLog {
    private let ledger: any AlertLedger
    private let log: any Log
    private var unshown = UnshownRecords()
    private var trouble = LedgerTrouble()

    init(_ ledger: any AlertLedger, log: any Log) {
        self.ledger = ledger
        self.log = log
    }

    /// When to try again what the ledger did not do; nil while all is well.
    var retryAfter: Duration? { trouble.retryAfter }

    /// All alerts there are, with what the sinks were told of them; nil where the ledger cannot be read.
    func snapshot(at now: Timestamp) async -> AlertSnapshot? {
        unshown.forgetRecorded()
        do {
            let snapshot = try await ledger.alerts(at: now)
            note(.read, nil)
            return snapshot
        } catch {
            note(.read, error)
            return nil
        }
    }

    /// A snapshot as it would be if the ledger had everything.
    func completed(_ snapshot: AlertSnapshot) -> AlertSnapshot { unshown.applied(to: snapshot) }

    /// In memory until the ledger has it: a locked store must not make a sink hear the same again and again.
    func keep(_ record: NotificationRecord) { unshown.keep(record) }

    func record(_ record: NotificationRecord) async {
        keep(record)
        await write(record)
    }

    /// Tries again what the ledger did not take, but for sinks whose delivery under way records by itself.
    func recordKept(except isBusy: @EventLoop (_ sink: String) -> Bool) async {
        for record in unshown.unrecorded where !isBusy(record.sink) {
            guard await write(record) else { return }
        }
    }

    /// - Returns: whether the ledger has taken it.
    @discardableResult
    private func write(_ record: NotificationRecord) async -> Bool {
        do {
            try await ledger.record(record)
            unshown.noteRecorded(record)
            note(.write, nil)
            return true
        } catch {
            note(.write, error)
            return false
        }
    }

    /// - Returns: whether the ledger has taken them.
    func observe(_ observations: [AlertObservation], at now: Timestamp) async -> Bool {
        do {
            try await ledger.observe(observations, at: now)
            note(.write, nil)
            return true
        } catch {
            note(.write, error)
            return false
        }
    }

    /// `StoreTrouble` is for the cycle to tell.
    private func note(_ access: LedgerTrouble.Access, _ error: LedgerError?) {
        guard error?.isTrouble != false, let change = trouble.note(access, failed: error != nil) else { return }
        if change == .began, let error {
            log.write(error.event(by: "alerts"))
        } else {
            log.write(LogEvent(.info, .storeRecovered, [LogField("by", .string("alerts"))]))
        }
    }
}

/// Which alert, which sink.
struct RecordKey: Hashable, Sendable {
    var identity: AlertIdentity
    var sink: String
}

extension NotificationRecord {
    var key: RecordKey { RecordKey(identity: identity, sink: sink) }
}

/// Records that the ledger may not show yet: it was locked when they were to be written, or a snapshot was being read
/// meanwhile. They go before the ledger's, so that no sink is told again only because of the store.
struct UnshownRecords {
    private var kept: [RecordKey: NotificationRecord] = [:]
    private var recorded: Set<RecordKey> = []

    /// What the ledger still has to be given.
    var unrecorded: [NotificationRecord] {
        kept.filter { !recorded.contains($0.key) }.map(\.value)
    }

    mutating func keep(_ record: NotificationRecord) {
        kept[record.key] = record
        recorded.remove(record.key)
    }

    /// The ledger has taken it, unless a newer one has come meanwhile.
    mutating func noteRecorded(_ record: NotificationRecord) {
        if kept[record.key] == record { recorded.insert(record.key) }
    }

    /// Call before a snapshot's reading begins: it will show what has been recorded until then.
    mutating func forgetRecorded() {
        for key in recorded { kept[key] = nil }
        recorded = []
    }

    func applied(to snapshot: AlertSnapshot) -> AlertSnapshot {
        var result = snapshot
        result.tellings.removeAll { kept[$0.key] != nil }
        result.tellings += kept.values
        return result
    }
}

/// Whether the ledger can be read and written by the dispatcher. The two are apart: a locked file can often be read.
struct LedgerTrouble {
    enum Access {
        case read
        case write
    }

    enum Change {
        case began
        case ended
    }

    private var failures: [Access: Int] = [:]

    /// When to try again; nil while all is well.
    var retryAfter: Duration? {
        guard let most = failures.values.max() else { return nil }
        return min(DeliveryBackoff.delay(failures: most, retryAfter: nil, permanent: false), .seconds(60))
    }

    /// - Returns: what is new about it, to be logged.
    mutating func note(_ access: Access, failed: Bool) -> Change? {
        let wasWell = failures.isEmpty
        failures[access] = failed ? (failures[access] ?? 0) + 1 : nil
        if failures.isEmpty == wasWell { return nil }
        return wasWell ? .began : .ended
    }
}

/// Stands in for a ledger that could not be opened, so that a dispatcher can still say so.
package struct UnavailableLedger: AlertLedger {
    private let error: LedgerError

    package init(_ error: LedgerError) {
        self.error = error
    }

    package func alerts(at now: Timestamp) async throws(LedgerError) -> AlertSnapshot { throw error }

    package func record(_ record: NotificationRecord) async throws(LedgerError) { throw error }

    package func observe(_ observations: [AlertObservation], at now: Timestamp) async throws(LedgerError) {
        throw error
    }
}
