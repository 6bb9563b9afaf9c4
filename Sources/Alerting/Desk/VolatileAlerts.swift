internal import Engine
internal import Reconciliation

/// Alerts that cannot be in the store because they are about the store: `StoreTrouble`.
struct VolatileAlerts: Sendable {
    private var book = AlertBook()
    private var tellings: [TellingKey: Telling] = [:]

    static let storeTrouble = AlertIdentity(.storeTrouble)

    func holds(_ identity: AlertIdentity) -> Bool { book.alerts[identity] != nil }

    func isFiring(_ identity: AlertIdentity) -> Bool { book.alerts[identity]?.isFiring == true }

    /// What is to outlive the process; nil without any trouble so far.
    var trouble: TroubleMemory? {
        book.alerts[Self.storeTrouble].map { TroubleMemory($0, Array(tellings.values)) }
    }

    /// Goes on from what another process knew.
    mutating func adopt(_ known: TroubleMemory) {
        book = AlertBook([known.alert])
        tellings = Dictionary(known.tellings.map { (TellingKey($0), $0) }, uniquingKeysWith: { _, last in last })
    }

    mutating func observe(_ observation: AlertObservation, at now: Timestamp, rules: AlertRules) {
        book.apply(observation, at: now, rules: rules)
    }

    mutating func advance(to now: Timestamp, rules: AlertRules) {
        book.advance(to: now, rules: rules)
    }

    mutating func record(_ telling: Telling) {
        tellings[TellingKey(telling)] = telling
    }

    /// Together with what the ledger has; an alert known here is only known here.
    func merged(into snapshot: AlertSnapshot) -> AlertSnapshot {
        var result = snapshot
        result.alerts.removeAll { holds($0.identity) }
        result.tellings.removeAll { holds($0.identity) }
        result.alerts += book.alerts.values
        result.tellings += tellings.values
        return result
    }
}
