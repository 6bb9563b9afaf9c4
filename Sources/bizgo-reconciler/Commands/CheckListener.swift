internal import Engine
internal import HTTP
internal import Ledger
internal import Operations
internal import Reconciliation

// Whether the daemon could listen.
extension CheckReport {
    mutating func listener(_ loaded: LoadedConfiguration) async {
        let settings = loaded.settings
        guard let listen = settings.http.listen else { return }
        do throws(HTTPServer.StartError) {
            try HTTPServer.look(at: listen)
            fine("http", listen.isHandedOn ? "sockets of bizgo-reconciler.socket" : "\(listen.text) is free")
        } catch {
            guard error.isInUse, await isWorkedOn(settings) else {
                return wrong("http.listen", error.description)
            }
            fine("http", "\(listen.text) is in use, while an instance works on the database: its own, it seems")
        }
        if settings.api.polls {
            note("webhook", "api.report_method is \"polling\": for such a key the provider sends no webhooks")
        }
        if loaded.webhookSecrets.isEmpty {
            note(
                "webhook",
                "webhook.secret_files names none: whoever can send from an address of webhook.allow is believed; the provider"
                    + " hands the secret out on request")
        }
        // Of a database that cannot be read is told elsewhere.
        let peers = try? await withLedger(settings, .readOnly) { ledger throws(LedgerError) in
            try await ledger.webhookPeers()
        }
        for text in Set((peers ?? []).compactMap { doubt($0, settings.http) }).sorted() { note("webhook", text) }
    }

    private func isWorkedOn(_ settings: Settings) async -> Bool {
        let turns = settings.turns()
        let isTaken = await turns.isTaken()
        await turns.close()
        return isTaken
    }

    /// What is odd about the way a webhook came.
    private func doubt(_ peer: WebhookPeer, _ http: Settings.Http) -> String? {
        let address = IPAddress(peer.connection)
        let isTrusted = address.map(http.trustedProxies.contain) ?? true
        switch (isTrusted, peer.isForwarded) {
        case (true, true): return nil
        case (false, true):
            return
                "webhooks came through a proxy, \(peer.connection), that http.trusted_proxies does not name: all of them count"
                + " as its own"
        case (true, false):
            return
                "webhooks came from \(peer.connection) without X-Forwarded-For: have the proxy there say for whom it forwards"
        case (false, false):
            guard address?.isLoopback == true else { return nil }
            return
                "webhooks came from \(peer.connection), this machine itself: if a proxy forwards them, have it say for whom"
                + " (X-Forwarded-For), and name it in http.trusted_proxies"
        }
    }
}

extension Settings.Http.Listen {
    fileprivate var isHandedOn: Bool { if case .systemd = self { true } else { false } }
}

extension HTTPServer {
    /// Opens nothing for longer than it takes to see that it could be opened. What is handed on is not there to be seen.
    fileprivate static func look(at listen: Settings.Http.Listen) throws(StartError) {
        switch listen {
        case .port(let address, let port): try check(Address.port(address, port))
        case .unix(let path): try check(Address.unix(path: path))
        case .systemd: break
        }
    }
}
