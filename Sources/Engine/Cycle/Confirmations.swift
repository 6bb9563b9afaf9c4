internal import Reconciliation

/// Messages whose failures came by themselves and wait to be confirmed. They join what is due in the pass, whatever their
/// age, and so are asked about by the cheapest question there is: a page, a send, or one by one.
struct Confirmations: Sendable {
    /// Messages whose rows are read at a time.
    private static let atOnce = 1000

    private(set) var messages: [DueMessage] = []
    private var kept: [MessageKey: ParkedReports] = [:]

    init() {}

    /// - Parameters:
    ///   - reports: what waits, in the order in which it is to be asked about.
    ///   - now: by which it is judged whether they are due besides.
    init(
        _ reports: [(key: MessageKey, kept: ParkedReports)], in ledger: any Ledger, at now: Timestamp
    ) async throws(LedgerError) {
        kept = Dictionary(reports.map { ($0.key, $0.kept) }, uniquingKeysWith: { $1 })
        var rest = reports.map(\.key)[...]
        while !rest.isEmpty {
            let keys = Array(rest.prefix(Self.atOnce))
            rest = rest.dropFirst(keys.count)
            messages += try await ledger.known(keys, at: now).map { joined($0).message }
        }
    }

    /// Without those that have had their turn since.
    func left(in ledger: any Ledger) async throws(LedgerError) -> Confirmations {
        var left = self
        var rest = messages.map(\.key)[...]
        while !rest.isEmpty {
            let keys = Array(rest.prefix(Self.atOnce))
            rest = rest.dropFirst(keys.count)
            for reported in try await ledger.reported(keys) where reported.kept != kept[reported.key] {
                left.kept[reported.key] = nil
            }
        }
        left.messages = messages.filter { left.contains($0.key) }
        return left
    }

    func contains(_ key: MessageKey) -> Bool { kept[key] != nil }

    /// Those that are not due besides: a survey of what is does not count them.
    var others: [DueMessage] { messages.filter { !$0.isTurn } }

    /// A message of which a listing spoke, with what waits for it.
    func joined(_ known: KnownMessage) -> KnownMessage {
        kept[known.message.key].map(known.confirming) ?? known
    }

    /// Those that are due, without these.
    func leftOf(_ due: [DueMessage]) -> [DueMessage] {
        kept.isEmpty ? due : due.filter { !contains($0.key) }
    }
}

extension [DueMessage] {
    /// One of each in turn, so that neither keeps the other waiting.
    func interleaved(with others: [DueMessage]) -> [DueMessage] {
        guard !others.isEmpty else { return self }
        return (0..<Swift.max(count, others.count)).flatMap { index in
            [self, others].compactMap { index < $0.count ? $0[index] : nil }
        }
    }
}
