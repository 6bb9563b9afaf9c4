internal import Reconciliation

/// What a column holds or a parameter is bound to.
enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)

    init(_ text: String?) {
        self = text.map { .text($0) } ?? .null
    }

    init(_ number: Int) {
        self = .integer(Int64(number))
    }

    init(_ flag: Bool) {
        self = .integer(flag ? 1 : 0)
    }

    /// Milliseconds, as in all of the reconciler's own tables.
    init(_ time: Timestamp?) {
        self = time.map { .integer($0.milliseconds) } ?? .null
    }

    init(_ key: MessageKey) {
        self = .text(key.text)
    }
}
