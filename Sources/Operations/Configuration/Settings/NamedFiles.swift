import Reconciliation

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
        let database = FilePlace(settings.store.path).all
        let beside = database.flatMap { path in DatabaseFiles.suffixes.map { path + $0 } }
        needed =
            [Owner(name: "store.path", places: Set(beside))]
            + Self.named(by: settings, configuration: configuration).map {
                Owner(name: $0.name, places: FilePlace($0.path).all)
            }
    }

    /// What must not be written at `path`, by a command, say: the name of what is there.
    package func owner(of path: String) -> String? {
        let metrics = metrics.map { Owner(name: "metrics.textfile", places: FilePlace($0).all) }
        return Self.owner(of: FilePlace(path).all, among: needed + [metrics].compactMap { $0 })
    }

    /// What the configuration would have overwritten.
    var clashes: [Clash] {
        var clashes: [Clash] = []
        if let metrics, let owner = Self.owner(of: FilePlace(metrics).all, among: needed) {
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

    private static func named(by settings: Settings, configuration: String) -> [(name: String, path: String)] {
        let files: [(name: String, path: String?)] = [
            ("the configuration itself", configuration), ("api.key_file", settings.api.keyFile),
            ("api.client_password_file", settings.api.clientPasswordFile), ("api.ca_file", settings.api.caFile),
            ("heartbeat.url_file", settings.heartbeat.urlFile),
        ]
        return (files + settings.alerts.sinks.map(file(of:))).compactMap { file in file.path.map { (file.name, $0) } }
    }

    private static func file(of sink: Settings.Sink) -> (name: String, path: String?) {
        let place = "alerts.sinks[\(ConfigValue.quoted(sink.name))]"
        if case .pagerduty(let path, _) = sink.kind { return ("\(place).routing_key_file", path) }
        if case .command(let arguments) = sink.kind { return ("\(place).argv", arguments.first) }
        guard case .file(let path) = sink.kind.address else { return (place, nil) }
        return ("\(place).url_file", path)
    }
}
