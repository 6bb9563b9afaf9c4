internal import Engine
internal import Ledger
internal import Reconciliation

/// The files that a configuration names, and itself: what is written for others to read must be none of those that
/// are needed. Compared without symbolic links.
package struct NamedFiles {
    /// A written file that is another one, too.
    struct Clash {
        var section: String
        var key: String
        var message: String
    }

    private struct Owner {
        let name: String
        let places: Set<String>
    }

    /// By the keys that name them.
    private let needed: [Owner]
    private let metrics: String?
    private let page: String?

    /// - Parameter configuration: the path of the configuration file.
    package init(_ settings: Settings, configuration: String) {
        metrics = settings.metrics.textfile
        page = settings.statusPage.file
        needed =
            Self.database(settings.store.place)
            + Self.named(by: settings, configuration: configuration).map {
                Owner(name: $0.name, places: FilePath($0.path).places)
            }
    }

    /// What must not be written at `path`, by a command, say: the name of what is there.
    package func owner(of path: String) -> String? {
        let metrics = metrics.map { Owner(name: "metrics.textfile", places: FilePath($0).places) }
        return Self.owner(of: FilePath(path).places, among: needed + [metrics].compactMap { $0 })
    }

    /// What the configuration would have overwritten.
    var clashes: [Clash] {
        var clashes: [Clash] = []
        if let metrics, let owner = Self.owner(of: FilePath(metrics).places, among: needed) {
            clashes.append(clash("metrics", "textfile", owner))
        }
        if let page, let owner = owner(of: page) { clashes.append(clash("status_page", "file", owner)) }
        return clashes
    }

    private func clash(_ section: String, _ key: String, _ owner: String) -> Clash {
        Clash(section: section, key: key, message: "would overwrite the file of \(owner); name another file")
    }

    private static func owner(of places: Set<String>, among owners: [Owner]) -> String? {
        owners.first { !$0.places.isDisjoint(with: places) }?.name
    }

    /// With all that is beside it, where it is a file.
    private static func database(_ place: LedgerConfiguration.Place) -> [Owner] {
        guard case .file(let path) = place else { return [] }
        let beside = FilePath(path).places.flatMap { path in DatabaseFiles.suffixes.map { path + $0 } }
        return [Owner(name: "store.path", places: Set(beside))]
    }

    private static func named(by settings: Settings, configuration: String) -> [(name: String, path: String)] {
        let files: [(name: String, path: String?)] = [
            ("the configuration itself", configuration), ("api.key_file", settings.api.keyFile),
            ("api.client_password_file", settings.api.clientPasswordFile), ("api.ca_file", settings.api.caFile),
            ("store.password_file", settings.databasePasswordFile),
            ("heartbeat.url_file", settings.heartbeat.urlFile), ("canary.request_file", settings.canary.requestFile),
            ("http.listen", settings.http.socketPath),
        ]
        let secrets = settings.webhook.secretFiles.enumerated().map { index, path in
            (name: "webhook.secret_files[\(index)]", path: path as String?)
        }
        return (files + secrets + settings.alerts.sinks.map(file(of:))).compactMap { file in
            file.path.map { (file.name, $0) }
        }
    }

    private static func file(of sink: Settings.Sink) -> (name: String, path: String?) {
        let place = "alerts.sinks[\(ConfigValue.quoted(sink.name))]"
        if case .pagerduty(let path, _) = sink.kind { return ("\(place).routing_key_file", path) }
        if case .command(let arguments) = sink.kind { return ("\(place).argv", arguments.first) }
        guard case .file(let path) = sink.kind.address else { return (place, nil) }
        return ("\(place).url_file", path)
    }
}

/// The file of certificates to trust (`api.ca_file`), looked at before anything depends on it: what the transport
/// makes of a bad one is an error with every request, and with plain HTTP none at all.
package struct CertificateFile: Sendable {
    /// Bundles of every authority there is are below 2 MiB.
    static let largest = 16 << 20

    private static let markers = ["-----BEGIN CERTIFICATE-----", "-----BEGIN TRUSTED CERTIFICATE-----"]

    private let files: FileReader

    package init() {
        self.init(files: .reading(upTo: Self.largest))
    }

    init(files: FileReader) {
        self.files = files
    }

    /// - Parameter configuration: how the configuration file is called.
    /// - Returns: what is wrong with the file that `api` names; nil when nothing is, or it names none.
    package func problem(_ api: Settings.Api, in configuration: String) -> ConfigurationProblem? {
        guard let path = api.caFile else { return nil }
        func problem(_ message: String) -> ConfigurationProblem {
            ConfigurationProblem(file: configuration, key: "api.ca_file", message: message)
        }
        let shown = ConfigValue.oneLine(path)
        switch files.read(path) {
        case .failure(let reason):
            let remedy = "name a PEM file that the service's user can read, or null for the system's certificates"
            return problem("cannot read \(shown): \(reason); \(remedy)")
        case .success(let content):
            guard Self.holdsCertificate(content.bytes) else {
                return problem(
                    "\(shown) has no certificate in it (no line \"\(Self.markers[0])\"); name a PEM file: "
                        + "`openssl x509 -inform der` makes one of a DER file")
            }
            return nil
        }
    }

    private static func holdsCertificate(_ bytes: [UInt8]) -> Bool {
        let lines = bytes.split { $0 == 0x0a || $0 == 0x0d }
        return markers.contains { marker in lines.contains { $0.starts(with: marker.utf8) } }
    }
}
