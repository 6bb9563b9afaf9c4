internal import HTTP
internal import Ledger
internal import Operations
internal import Reconciliation

// Whether the daemon could listen.
extension CheckReport {
    mutating func listener(_ loaded: LoadedConfiguration) {
        let settings = loaded.settings
        guard let listen = settings.http.listen else { return }
        do throws(HTTPServer.StartError) {
            try HTTPServer.look(at: listen)
            fine("http", listen.isHandedOn ? "sockets of bizgo-reconciler.socket" : "\(listen.text) is free")
        } catch {
            guard error.isInUse, InstanceLock.isHeld(forDatabase: settings.store.path) else {
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
