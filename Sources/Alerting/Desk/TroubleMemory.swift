internal import FoundationEssentials
internal import Reconciliation

/// `StoreTrouble` and what each sink was told of it, as it is kept while no store can keep it.
struct TroubleMemory: Hashable, Sendable {
    var alert: Alert
    var tellings: [Telling]

    init(_ alert: Alert, _ tellings: [Telling]) {
        self.alert = alert
        self.tellings = tellings.sorted { $0.sink < $1.sink }
    }

    /// One line of JSON, the same for the same memory.
    var encoded: [UInt8] { JSONText.encode(Record(self)) + [UInt8(ascii: "\n")] }

    /// - Returns: nil for what is no memory, or cannot be one: a damaged file must not end the process. Times that have
    ///   not come yet can be, after a clock was set back.
    init?(encoded bytes: [UInt8]) {
        guard let record = try? JSONDecoder().decode(Record.self, from: Data(bytes)), record.isPlausible else {
            return nil
        }
        self.init(record.alert, record.sinks.map(\.telling))
    }
}

/// The file's format. Times are milliseconds since 1970.
private struct Record: Codable {
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

extension Record {
    init(_ memory: TroubleMemory) {
        let alert = memory.alert
        self.init(
            episode: alert.episode, detail: alert.detail, since: alert.since.milliseconds,
            lastEventAt: alert.lastEventAt.milliseconds, resolvedAt: alert.resolvedAt?.milliseconds,
            sinks: memory.tellings.map(Sink.init))
    }

    var alert: Alert {
        var alert = Alert(
            identity: VolatileAlerts.storeTrouble, count: 1, detail: detail, since: Timestamp(milliseconds: since))
        alert.episode = episode
        alert.lastEventAt = Timestamp(milliseconds: lastEventAt)
        if let resolvedAt {
            alert.state = .resolved
            alert.overSince = Timestamp(milliseconds: resolvedAt)
            alert.resolvedAt = alert.overSince
        }
        return alert
    }
}

extension Record.Sink {
    init(_ telling: Telling) {
        self.init(
            name: telling.sink, episode: telling.episode, toldAt: telling.toldAt?.milliseconds,
            toldResolved: telling.toldResolved, isBegun: telling.isBegun, failures: telling.failures,
            failedAt: telling.failedAt?.milliseconds, notBefore: telling.notBefore?.milliseconds)
    }

    var telling: Telling {
        var telling = Telling(identity: VolatileAlerts.storeTrouble, sink: name)
        telling.episode = episode
        telling.toldAt = toldAt.map { Timestamp(milliseconds: $0) }
        telling.toldCount = toldAt == nil ? 0 : 1
        telling.toldResolved = toldResolved
        telling.isBegun = isBegun ?? false
        telling.failures = failures
        telling.failedAt = failedAt.map { Timestamp(milliseconds: $0) }
        telling.notBefore = notBefore.map { Timestamp(milliseconds: $0) }
        return telling
    }
}
