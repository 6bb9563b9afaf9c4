internal import Reconciliation

/// Which alert, which sink.
struct TellingKey: Hashable, Sendable {
    var identity: AlertIdentity
    var sink: String

    init(_ identity: AlertIdentity, _ sink: String) {
        self.identity = identity
        self.sink = sink
    }

    init(_ telling: Telling) {
        self.init(telling.identity, telling.sink)
    }
}
