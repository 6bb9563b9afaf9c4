internal import Reconciliation

/// Watches webhooks that are not taken, and where webhooks come from.
///
/// A report with a wrong signature comes from the provider's address: that is told whatever it is about. One from elsewhere
/// is told only when we know its message; so many are looked up, and no more, lest anybody keep the database busy.
@EventLoop
final class WebhookWatch {
    /// Messages looked up in a second.
    static let mostLookedUp = 10
    /// Different peers that are remembered.
    static let mostPeers = 20
    /// Of a text from outside.
    private static let longest = 256

    private let ledger: any Ledger
    private let time: any Timekeeper
    private let onAlert: @EventLoop () -> Void
    private var unsigned = 0
    private var toLookUp: [(kind: WebhookRejection, key: MessageKey)] = []
    private var lookedAt: Duration?
    private var task: Task<Void, Never>?
    private var peers: [WebhookPeer] = []
    private var keptPeers: [WebhookPeer] = []

    init(ledger: any Ledger, time: any Timekeeper, onAlert: @escaping @EventLoop () -> Void) {
        self.ledger = ledger
        self.time = time
        self.onAlert = onAlert
    }

    var isBusy: Bool { unsigned > 0 || !toLookUp.isEmpty || task != nil }

    func rejected(_ kind: WebhookRejection, _ key: MessageKey?) {
        if kind == .unsigned { unsigned += 1 }
        guard let key, key.text.utf8.count <= Self.longest, toLookUp.count < Self.mostLookedUp else { return }
        toLookUp.append((kind, key))
    }

    /// To be called now and then.
    func look() {
        guard task == nil, unsigned > 0 || !toLookUp.isEmpty,
            lookedAt.map({ $0 + .seconds(1) <= time.uptime }) ?? true
        else { return }
        lookedAt = time.uptime
        task = EventLoop.task { [self] in
            await tell()
            task = nil
        }
    }

    private func tell() async {
        let (count, lookups) = (unsigned, toLookUp)
        unsigned = 0
        toLookUp = []
        do throws(LedgerError) {
            let found = try await ledger.reported(Array(Set(lookups.map(\.key))))
            let known = Set(found.filter { $0.message != nil || $0.kept != nil }.map(\.key))
            let foreign = lookups.count { $0.kind == .foreign && known.contains($0.key) }
            guard count + foreign > 0 else { return }
            let tally = ["unsigned": count, "foreign": foreign].filter { $0.value > 0 }
            let occurrence = AlertOccurrence(
                count: count + foreign, examples: known.sorted(), tally: tally)
            try await ledger.observe([.occurred(.webhookRejected, occurrence)], at: time.now)
            onAlert()
        } catch {
            // Told when the store is well again.
            unsigned += count
        }
    }

    func seen(_ peer: WebhookPeer) {
        if peers.last == peer { return }
        let texts = [peer.connection, peer.source ?? ""]
        guard texts.allSatisfy({ $0.utf8.count <= Self.longest && !$0.contains { "\t\n".contains($0) } }) else {
            return
        }
        peers.removeAll { $0 == peer }
        peers.append(peer)
        if peers.count > Self.mostPeers { peers.removeFirst() }
    }

    /// Notes them where there are others than before.
    func keepPeers() {
        guard task == nil, Set(peers) != Set(keptPeers) else { return }
        let peers = peers
        task = EventLoop.task { [self] in
            if (try? await ledger.keep(peers)) != nil { keptPeers = peers }
            task = nil
        }
    }

    func drain() async {
        while let task { await task.value }
    }
}

/// Why a report was not taken.
package enum WebhookRejection: Hashable, Sendable {
    /// From an allowed address, with a wrong signature, an old one or none.
    case unsigned
    /// From an address that is not the provider's.
    case foreign
}

/// Where a webhook came from.
package struct WebhookPeer: Hashable, Sendable {
    /// The connection's address, without a port; `unix` for a Unix socket.
    package var connection: String
    /// Whether somebody forwarded it: it has `X-Forwarded-For`, believed or not.
    package var isForwarded: Bool
    /// Whose it was found to be; nil where that cannot be told.
    package var source: String?

    package init(connection: String, isForwarded: Bool, source: String?) {
        self.connection = connection
        self.isForwarded = isForwarded
        self.source = source
    }
}
