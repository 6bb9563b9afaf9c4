internal import Engine
internal import FoundationEssentials
internal import Reconciliation

/// `StoreTrouble`, which cannot be in the store because it is about the store. It is kept in memory and, for the next
/// process, in a file.
@EventLoop
final class StoreTroubleAlert {
    nonisolated static let identity = AlertIdentity(.storeTrouble)

    private let file: StoreTroubleFile?
    private let isAtServer: Bool
    private let recipients: [DeliveryPlan.Recipient]
    private let rules: AlertRules
    private let log: any Log
    private var states = AlertStates()
    /// What the sinks were told of it, by their names.
    private var records: [String: NotificationRecord] = [:]
    /// The episode that the next process will know wrongly, as the log says.
    private var forgottenEpisode: Int?

    /// - Parameters:
    ///   - file: nil to forget it with this process.
    ///   - isAtServer: where there is other advice to give than for a file.
    init(
        _ file: StoreTroubleFile?, isAtServer: Bool, tellingTo recipients: [DeliveryPlan.Recipient], rules: AlertRules,
        log: any Log
    ) {
        self.file = file
        self.isAtServer = isAtServer
        self.recipients = recipients
        self.rules = rules
        self.log = log
    }

    /// Whether what is known of that alert is only known here.
    func holds(_ identity: AlertIdentity) -> Bool { states.alerts[identity] != nil }

    /// The store cannot be used, or not for all that is to be written.
    func begin(_ error: LedgerError, at now: Timestamp) {
        recall()
        let cause: AlertCause? = error.concernsRows ? .rows : isAtServer ? .server : nil
        states.apply(.holds(Self.identity, detail: error.message, cause: cause), at: now, rules: rules)
        remember(at: now)
    }

    /// The store can be used. Ends what an earlier process told, too.
    /// - Returns: whether there was anything to end.
    func end(at now: Timestamp) -> Bool {
        file?.takeRoom()
        guard recall() || states.alerts[Self.identity]?.isFiring == true else { return false }
        states.apply(.over(Self.identity), at: now, rules: rules)
        remember(at: now)
        return true
    }

    /// What a sink took, or did not take.
    func record(_ record: NotificationRecord, at now: Timestamp) {
        records[record.sink] = record
        remember(at: now)
    }

    /// Ends what time ends.
    func advance(to now: Timestamp) { states.advance(to: now, rules: rules) }

    /// Together with what the ledger has.
    func merged(into snapshot: AlertSnapshot) -> AlertSnapshot {
        var result = snapshot
        result.alerts.removeAll { holds($0.identity) }
        result.tellings.removeAll { holds($0.identity) }
        result.alerts += states.alerts.values
        result.tellings += records.values
        return result
    }

    /// Takes over what another process has left, until there is trouble of our own to know about: what is known here
    /// is newer than the file.
    /// - Returns: whether there was anything.
    @discardableResult
    private func recall() -> Bool {
        guard !holds(Self.identity), let bytes = file?.load(), let known = StoreTroubleMemory(encoded: bytes) else {
            return false
        }
        states = AlertStates([known.alert])
        records = Dictionary(known.records.map { ($0.sink, $0) }, uniquingKeysWith: { _, last in last })
        return true
    }

    /// For the next process; nothing when it is over and everybody knows.
    private func remember(at now: Timestamp) {
        guard let file, let alert = states.alerts[Self.identity] else { return }
        let known = StoreTroubleMemory(alert, Array(records.values))
        do throws(AtomicFile.Failure) {
            if alert.isFiring || isOwed(known, at: now) {
                try file.save(known.encoded)
            } else {
                try file.clear()
            }
        } catch {
            guard forgottenEpisode != alert.episode else { return }
            forgottenEpisode = alert.episode
            log.write(LogEvent(.warn, .troubleFileFailed, [LogField("error", .string(error.message))]))
        }
    }

    /// Whether a sink is still to be told, be it later.
    private func isOwed(_ known: StoreTroubleMemory, at now: Timestamp) -> Bool {
        let plan = DeliveryPlan(
            AlertSnapshot(alerts: [known.alert], tellings: known.records), to: recipients, rules: rules, now: now)
        return !plan.due.isEmpty || plan.next != nil
    }
}

/// The alert and what each sink was told of it, as the file has them.
struct StoreTroubleMemory: Hashable, Sendable {
    var alert: Alert
    var records: [NotificationRecord]

    init(_ alert: Alert, _ records: [NotificationRecord]) {
        self.alert = alert
        self.records = records.sorted { $0.sink < $1.sink }
    }

    /// One line of JSON, the same for the same memory.
    var encoded: [UInt8] { JSONText.encode(FileContent(self)) + [UInt8(ascii: "\n")] }

    /// - Returns: nil for what is no memory, or cannot be one: a damaged file must not end the process. Times that have
    ///   not come yet can be, after a clock was set back.
    init?(encoded bytes: [UInt8]) {
        guard let content = try? JSONDecoder().decode(FileContent.self, from: Data(bytes)), content.isPlausible else {
            return nil
        }
        self.init(content.alert, content.sinks.map(\.record))
    }
}

/// The file's format. Times are milliseconds since 1970.
private struct FileContent: Codable {
    struct Sink: Codable {
        var name: String
        var episode: Int
        var toldAt: Int64?
        var toldResolved: Bool
        /// Nil in files of earlier versions.
        var isBegun: Bool?
        var failures: Int
        var failedAt: Int64?
        var notBefore: Int64?
    }

    var episode: Int
    var detail: String?
    /// Nil in files of earlier versions, and for a database's file that cannot be used at all.
    var cause: String?
    var since: Int64
    var lastEventAt: Int64
    var resolvedAt: Int64?
    var sinks: [Sink]

    private static let largestNumber = 1_000_000

    /// The end of the year 9999.
    private static let latest: Int64 = 253_402_300_799_000

    var isPlausible: Bool {
        let times: [Int64?] =
            [since, lastEventAt, resolvedAt] + sinks.flatMap { [$0.toldAt, $0.failedAt, $0.notBefore] as [Int64?] }
        let numbers = [episode] + sinks.flatMap { [$0.episode, $0.failures] }
        return times.compactMap(\.self).allSatisfy { 0 <= $0 && $0 <= Self.latest }
            && numbers.allSatisfy { 0 <= $0 && $0 <= Self.largestNumber }
    }
}

extension FileContent {
    init(_ memory: StoreTroubleMemory) {
        let alert = memory.alert
        self.init(
            episode: alert.episode, detail: alert.detail, cause: alert.cause?.rawValue,
            since: alert.since.milliseconds, lastEventAt: alert.lastEventAt.milliseconds,
            resolvedAt: alert.resolvedAt?.milliseconds,
            sinks: memory.records.map(Sink.init))
    }

    var alert: Alert {
        var alert = Alert(
            identity: StoreTroubleAlert.identity, count: 1, detail: detail, since: Timestamp(milliseconds: since))
        alert.episode = episode
        // A file of an earlier release says it by its words only.
        let isAboutRows = detail?.contains(" cannot be changed: ") == true
        alert.cause = cause.flatMap(AlertCause.init) ?? (isAboutRows ? .rows : nil)
        alert.lastEventAt = Timestamp(milliseconds: lastEventAt)
        if let resolvedAt {
            alert.state = .resolved
            alert.overSince = Timestamp(milliseconds: resolvedAt)
            alert.resolvedAt = alert.overSince
        }
        return alert
    }
}

extension FileContent.Sink {
    init(_ record: NotificationRecord) {
        self.init(
            name: record.sink, episode: record.episode, toldAt: record.toldAt?.milliseconds,
            toldResolved: record.toldResolved, isBegun: record.isBegun, failures: record.failures,
            failedAt: record.failedAt?.milliseconds, notBefore: record.notBefore?.milliseconds)
    }

    var record: NotificationRecord {
        var record = NotificationRecord(identity: StoreTroubleAlert.identity, sink: name)
        record.episode = episode
        record.toldAt = toldAt.map { Timestamp(milliseconds: $0) }
        record.toldCount = toldAt == nil ? 0 : 1
        record.toldResolved = toldResolved
        record.isBegun = isBegun ?? false
        record.failures = failures
        record.failedAt = failedAt.map { Timestamp(milliseconds: $0) }
        record.notBefore = notBefore.map { Timestamp(milliseconds: $0) }
        return record
    }
}
