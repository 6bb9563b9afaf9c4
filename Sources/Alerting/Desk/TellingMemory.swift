internal import Engine
internal import Reconciliation

/// Tellings that the ledger may not show yet: it was locked when they were to be recorded, or a snapshot was being
/// read meanwhile. They go before the ledger's, so that no sink is told again only because of the store.
struct TellingMemory: Sendable {
    private var kept: [TellingKey: Telling] = [:]
    private var recorded: Set<TellingKey> = []

    /// What the ledger still has to be given.
    var unrecorded: [Telling] {
        kept.filter { !recorded.contains($0.key) }.map(\.value)
    }

    mutating func keep(_ telling: Telling) {
        let key = TellingKey(telling)
        kept[key] = telling
        recorded.remove(key)
    }

    /// The ledger has taken it, unless a newer one has come meanwhile.
    mutating func noteRecorded(_ telling: Telling) {
        let key = TellingKey(telling)
        if kept[key] == telling { recorded.insert(key) }
    }

    /// Call before a snapshot's reading begins: it will show what has been recorded until then.
    mutating func forgetRecorded() {
        for key in recorded { kept[key] = nil }
        recorded = []
    }

    /// The snapshot as it would be if the ledger had everything.
    func applied(to snapshot: AlertSnapshot) -> AlertSnapshot {
        var result = snapshot
        result.tellings.removeAll { kept[TellingKey($0)] != nil }
        result.tellings += kept.values
        return result
    }
}
