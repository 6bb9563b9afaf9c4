internal import Dispatch
package import HTTP

/// The application's end of the webhook, for demonstrations: takes reports on 127.0.0.1 and acknowledges each as the
/// provider wants it, with its `msgKey`.
///
/// `@unchecked Sendable`: the server is touched on `queue` only.
package final class WebhookReceiver: HTTPServer.Handler, @unchecked Sendable {
    /// One report as it was POSTed.
    package struct Report: Sendable {
        package var msgKey: String
        package var code: String
        package var text: String
    }

    private let queue = DispatchQueue(label: "bizgo-webhook-receiver")
    private let onReport: @Sendable (Report) -> Bool
    private var server: HTTPServer?

    /// - Parameter onReport: called on the receiver's queue; false answers 500, so that the provider tries again.
    package init(onReport: @escaping @Sendable (Report) -> Bool) {
        self.onReport = onReport
        server = HTTPServer(poller: SocketPoller(queue: queue), handler: self)
    }

    /// Listens, and returns the address to register.
    package func start() throws(SimulatorError) -> String {
        let result = queue.sync { () -> Result<UInt16, HTTPServer.StartError> in
            do throws(HTTPServer.StartError) {
                return .success(try server?.start(on: .loopback(port: 0)) ?? 0)
            } catch {
                return .failure(error)
            }
        }
        do throws(HTTPServer.StartError) {
            return "http://127.0.0.1:\(try result.get())/webhook"
        } catch {
            throw SimulatorError(error.description)
        }
    }

    package func stop() {
        queue.sync { server?.stop() }
    }

    package func answer(_ exchange: HTTPExchange) {
        exchange.send(response(to: exchange.request))
    }

    package func refusal(of flaw: RequestFlaw) -> ServerResponse { ServerResponse(status: flaw.status) }
    package func accepted() {}
    package func ended(_ request: ServerRequest) {}

    private func response(to request: ServerRequest) -> ServerResponse {
        guard let body = JSONValue.parse(request.body), let msgKey = body["msgKey"]?.string else {
            return ServerResponse(status: 400)
        }
        let report = Report(
            msgKey: msgKey, code: body["reportCode"]?.string ?? "", text: body["reportText"]?.string ?? "")
        guard onReport(report) else { return ServerResponse(status: 500) }
        var json = JSONWriter()
        json.object { $0.field("msgKey", msgKey) }
        return ServerResponse(status: 200, body: json.bytes)
    }
}
