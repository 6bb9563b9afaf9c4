extension SecretResolver {
    /// Everything that `check` has to say about the secrets that `settings` need.
    package struct Inspection: Sendable, Equatable {
        package var problems: [ConfigurationProblem] = []
        package var warnings: [ConfigurationProblem] = []
    }

    /// Fetches every secret once, and forgets it.
    package func inspect(_ settings: Settings) -> Inspection {
        var inspection = Inspection()
        inspection.attempt { () throws(ConfigurationFailure) in _ = try credential(settings.api) }
        for sink in settings.alerts.sinks {
            inspection.attempt { () throws(ConfigurationFailure) in _ = try routingKey(of: sink) }
            guard case .file(let path) = sink.kind.address else { continue }
            let key = key(of: sink, "url_file")
            var isReadableOnTheWay = false
            inspection.attempt { () throws(ConfigurationFailure) in
                isReadableOnTheWay = try address(
                    inFile: path, key: key, allowsPlainHTTP: sink.kind.allowsPlainHTTP,
                    takesPassword: sink.kind.takesPassword
                ).isReadableOnTheWay
            }
            if isReadableOnTheWay {
                inspection.warnings.append(
                    ConfigurationProblem(key: key, message: "http: alerts can be read and changed on their way"))
            }
        }
        inspection.attempt { () throws(ConfigurationFailure) in _ = try heartbeatAddress(settings.heartbeat) }
        return inspection
    }
}

extension SecretResolver.Inspection {
    fileprivate mutating func attempt(_ body: () throws(ConfigurationFailure) -> Void) {
        do throws(ConfigurationFailure) { try body() } catch { problems += error.problems }
    }
}
