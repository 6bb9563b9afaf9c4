internal import Alerting
internal import Engine
internal import Operations

/// Whether a sink could be told something, found out without telling it anything.
@Loop
enum SinkReach {
    struct Problem: Error {
        var text: String
    }

    static func of(
        _ sink: Settings.Sink, address: String?, over transport: any HTTPTransport
    ) async -> Result<String, Problem> {
        if let program = program(of: sink) { return program }
        guard let address = question(to: sink, at: address) else { return .success("needs no address") }
        do throws(TransportError) {
            // A GET, which no receiver of alerts takes for one.
            let status = try await transport.send(HTTPRequest(to: address)).status
            return isRight(status, for: sink)
                ? .success("its address answers (HTTP \(status))")
                : .failure(Problem(text: "no Alertmanager answers (HTTP \(status)): url is the address before /api"))
        } catch {
            return .failure(Problem(text: "its address cannot be reached: \(error.detail)"))
        }
    }

    private static func question(to sink: Settings.Sink, at address: String?) -> String? {
        switch sink.kind {
        case .alertmanager: address.map { AlertmanagerSink.address("status", below: $0) }
        case .pagerduty: address ?? PagerDutySink.address
        default: address
        }
    }

    /// Any answer will do where only a POST means anything; an Alertmanager has a page that says that it is one.
    private static func isRight(_ status: Int, for sink: Settings.Sink) -> Bool {
        if case .alertmanager = sink.kind { 200..<300 ~= status } else { true }
    }

    /// Whether the program of a `command` sink could be started; nil for other sinks.
    static func program(of sink: Settings.Sink) -> Result<String, Problem>? {
        guard case .command(let arguments) = sink.kind else { return nil }
        let name = arguments.first ?? ""
        if let path = ProgramSearch.find(name, path: Setup.environment["PATH"]) {
            return .success("\(path) may be run")
        }
        guard name.contains("/") else {
            return .failure(Problem(text: "no program \(name) on the PATH: give its path in argv"))
        }
        return .failure(Problem(text: "\(name) is no file that may be run: mend argv or `chmod +x` it"))
    }
}
