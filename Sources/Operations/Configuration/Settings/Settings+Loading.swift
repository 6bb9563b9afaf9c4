extension Settings {
    /// Where the configuration is looked for when no `--config` names another file.
    package static let defaultPath = "/etc/bizgo-reconciler/config.json5"

    /// Reads and validates the file at `path`. A file that is missing is an error: nobody runs on defaults unawares.
    package static func load(
        path: String, files: FileReader = .system
    ) throws(ConfigurationFailure) -> Settings {
        switch files.read(path) {
        case .failure(let failure):
            let remedy =
                failure.isMissing
                ? "; write one (the least is {}, README.md shows every key) or name another with --config FILE"
                : "; the configuration is one readable JSON5 file"
            throw ConfigurationFailure([
                ConfigurationProblem(file: path, key: "", message: "cannot read the configuration: \(failure)\(remedy)")
            ])
        case .success(let content):
            var settings = try parse(content.bytes, file: path)
            if content.mode & 0o004 != 0, settings.holdsSecret {
                settings.warnings.append(
                    ConfigurationProblem(
                        file: path, key: "",
                        message: "everyone can read it and it has an address in it that may be a secret; "
                            + "chmod o= the file or use url_file"))
            }
            return settings
        }
    }

    /// Validates the text of a configuration; `file` is how messages call it. Throws everything that is wrong at once.
    package static func parse(_ bytes: [UInt8], file: String) throws(ConfigurationFailure) -> Settings {
        func failure(_ line: Int?, _ message: String) -> ConfigurationFailure {
            ConfigurationFailure([ConfigurationProblem(file: file, line: line, key: "", message: message)])
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
            let bad = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
            throw failure(bad.map { $0 + 1 }, "not UTF-8 text; save the file as UTF-8")
        }
        let root: ConfigNode
        do throws(JSON5Error) {
            root = try JSON5Parser.parse(text)
        } catch {
            throw failure(error.line, "not JSON5: \(error.message)")
        }
        guard case .object(let members) = root.value else {
            throw failure(root.line, "expected an object { … }, found \(root.value.summary(hidden: true))")
        }

        let findings = Findings(file: file)
        let reader = ObjectReader(members, path: "", line: nil, findings: findings)
        var settings = Settings(reader)
        if findings.problems.isEmpty {
            for clash in NamedFiles(settings, configuration: file).clashes {
                reader.section(clash.section).problem(clash.key, clash.message)
            }
        }
        if !findings.problems.isEmpty { throw ConfigurationFailure(findings.sortedProblems) }
        settings.warnings = findings.warnings
        return settings
    }

    /// Whether the file itself holds an address, which people guard like a password.
    private var holdsSecret: Bool {
        api.proxy != nil || alerts.sinks.contains { if case .inline = $0.kind.address { true } else { false } }
    }
}
