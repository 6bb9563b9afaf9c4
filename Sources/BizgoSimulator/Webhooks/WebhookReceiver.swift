internal import Dispatch

/// The application's end of the webhook, for demonstrations: takes reports on 127.0.0.1 and acknowledges each as the
/// provider wants it, with its `msgKey`.
///
/// `@unchecked Sendable`: the server is touched on `queue` only.
package final class WebhookReceiver: @unchecked Sendable {
    /// One report as it was POSTed.
    package struct Report: Sendable {
        package var msgKey: String
        package var code: String
        package var text: String
    }

    private let queue = DispatchQueue(label: "bizgo-webhook-receiver")
    private let server: HTTPServer

    /// - Parameter onReport: called on the receiver's queue; false answers 500, so that the provider tries again.
    package init(onReport: @escaping @Sendable (Report) -> Bool) {
        server = HTTPServer(
            poller: SocketPoller(queue: queue), onRequest: { Self.answer($0, onReport) },
            onMalformed: { _ in Reply(HTTPResponse(status: 400), keepAlive: false) }, onConnection: {}, onFinished: {})
    }

    /// Listens, and returns the address to register.
    package func start() throws(SimulatorError) -> String {
        let server = server
        let result = queue.sync { () -> Result<UInt16, SimulatorError> in
            do throws(SimulatorError) { return .success(try server.start(port: 0)) } catch { return .failure(error) }
        }
        return "http://127.0.0.1:\(try result.get())/webhook"
    }

    package func stop() {
        queue.sync { server.stop() }
    }

    private static func answer(_ request: HTTPRequest, _ onReport: (Report) -> Bool) -> Reply {
        guard let body = JSONParser.parse(request.body), let msgKey = body["msgKey"]?.string else {
            return Reply(HTTPResponse(status: 400), keepAlive: request.keepAlive)
        }
        let report = Report(
            msgKey: msgKey, code: body["reportCode"]?.string ?? "", text: body["reportText"]?.string ?? "")
        guard onReport(report) else { return Reply(HTTPResponse(status: 500), keepAlive: request.keepAlive) }
        var json = JSONWriter()
        json.object { $0.field("msgKey", msgKey) }
        return Reply(HTTPResponse(status: 200, body: json.bytes), keepAlive: request.keepAlive)
    }
}
