internal import Configuration
internal import Engine
internal import Glibc

/// Whether a sink could be told something, found out without telling it anything.
@Loop
enum SinkReach {
    struct Problem: Error {
        var text: String
    }

    static func of(
        _ sink: Settings.Sink, address: String?, over transport: any HTTPTransport
    ) async -> Result<String, Problem> {
        if case .command(let arguments) = sink.kind { return program(arguments.first ?? "") }
        guard let address else { return .success("needs no address") }
        do throws(TransportError) {
            // Any answer will do: it is a GET, which no receiver of alerts takes for one.
            let response = try await transport.send(HTTPRequest(url: address))
            return .success("its address answers (HTTP \(response.status))")
        } catch {
            return .failure(Problem(text: "its address cannot be reached: \(error.detail)"))
        }
    }

    private static func program(_ path: String) -> Result<String, Problem> {
        guard access(path, X_OK) == 0 else {
            return .failure(Problem(text: "\(path) is not there or may not be run: mend argv or `chmod +x` it"))
        }
        return .success("\(path) may be run")
    }
}
