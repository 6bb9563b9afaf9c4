package import Reconciliation

/// Somebody who is told about alerts.
@EventLoop
package protocol AlertSink: AnyObject, Sendable {
    /// As configured; unique.
    var name: String { get }
    var minimumSeverity: AlertSeverity { get }
    /// How often it must hear that an alert still fires, lest its receiver take it to be over; nil for most.
    var refreshEvery: Duration? { get }

    /// Hands one notification over and says whether it was taken. Bounded in time.
    func deliver(_ notification: Notification) async -> Delivery

    /// For a process that ends: whoever cannot be left behind is ended soon, and with it the delivery.
    func breakOff()
}

extension AlertSink {
    package var refreshEvery: Duration? { nil }
    package func breakOff() {}
}

/// Of what people read, by its code (ISO 639).
package enum AlertLanguage: String, Hashable, Sendable, CaseIterable {
    case english = "en"
    case korean = "ko"
}

/// What a sink is told: the generic payload.
package struct Notification: Hashable, Sendable {
    /// The alert's name; one that no alert has for a test.
    package var name: String
    package var labels: [String: String]
    package var severity: AlertSeverity
    /// The same for the same alert, for ever.
    package var dedupKey: String
    package var kind: NotificationKind
    /// What happened, what it means, what to do first.
    package var summary: String
    package var count: Int
    package var examples: [MessageKey]
    package var since: Timestamp
    package var at: Timestamp
    package var host: String
    package var version: String
    /// Of the summary, and of the words that a sink puts around it.
    package var language: AlertLanguage
    /// Of the times that people read.
    package var zone: Zone

    package init(
        identity: AlertIdentity, kind: NotificationKind, summary: String, count: Int, examples: [MessageKey],
        since: Timestamp, at: Timestamp, host: String, version: String, language: AlertLanguage = .english,
        zone: Zone = .utc
    ) {
        name = identity.name.rawValue
        labels = identity.labels
        severity = identity.name.severity
        dedupKey = identity.dedupKey
        self.kind = kind
        self.summary = summary
        self.count = count
        self.examples = examples
        self.since = since
        self.at = at
        self.host = host
        self.version = version
        self.language = language
        self.zone = zone
    }

    /// A test: about no alert at all.
    package init(
        testOf severity: AlertSeverity, summary: String, at now: Timestamp, host: String, version: String,
        language: AlertLanguage, zone: Zone
    ) {
        name = Self.testName
        labels = [:]
        self.severity = severity
        dedupKey = Self.testName
        kind = .firing
        self.summary = summary
        count = 1
        examples = []
        since = now
        at = now
        self.host = host
        self.version = version
        self.language = language
        self.zone = zone
    }

    package static let testName = "AlertTest"

    /// `firing` or `resolved`: a repetition is still firing.
    package var state: Alert.State { kind == .resolved ? .resolved : .firing }
}

package enum Delivery: Hashable, Sendable {
    case accepted
    /// Not taken. `cause` says what would mend it, nil that it passes or may; `retryAfter` is the receiver's wish, if
    /// it had one; `permanent` says that the same attempt will never succeed (a refused address or key), so that people
    /// must act.
    case failed(detail: String, cause: AlertCause? = nil, retryAfter: Duration?, permanent: Bool)
}

/// The durable side of telling: which alerts there are, and what each sink has been told of them. The outbox is
/// the difference between the two.
package protocol AlertLedger: Sendable {
    /// All alerts that fire, and those that resolved but that some sink may not know of; with every telling.
    /// Ends what time has ended by `now` first.
    func alerts(at now: Timestamp) async throws(LedgerError) -> AlertSnapshot

    /// Notes what a sink took, did not take, or is going to be told.
    func record(_ telling: NotificationRecord) async throws(LedgerError)

    /// As `Ledger.observe`.
    func observe(_ observations: [AlertObservation], at now: Timestamp) async throws(LedgerError)
}

package struct AlertSnapshot: Hashable, Sendable {
    package var alerts: [Alert]
    package var tellings: [NotificationRecord]

    package init(alerts: [Alert] = [], tellings: [NotificationRecord] = []) {
        self.alerts = alerts
        self.tellings = tellings
    }

    /// How many fire, by name.
    package var firing: [AlertName: Int] {
        Dictionary(alerts.filter(\.isFiring).map { ($0.identity.name, 1) }, uniquingKeysWith: +)
    }
}

/// Tells sinks about alerts, in its own time: nothing here waits for a sink.
@EventLoop
package protocol AlertNotifier: AnyObject, Sendable {
    /// Alerts may have changed.
    func wake()

    /// The store cannot be worked on, so this cannot be noted in it either; or it refuses some rows.
    func storeTrouble(_ error: LedgerError)

    /// The store can be worked on, whether or not it ever could not. Cheap.
    func storeRecovered()

    /// Tells what is due now, within a bound, and then no more.
    func drain() async
}
