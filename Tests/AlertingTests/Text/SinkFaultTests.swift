import Testing

@testable import Alerting

struct SinkFaultTests {
    @Test(arguments: [
        ("HTTP 404", SinkFault.address), ("HTTP 410", .address), ("HTTP 302", .address), ("invalid: bad", .address),
        ("HTTP 401", .key), ("HTTP 403", .key), ("HTTP 400", .content), ("HTTP 413", .content),
        ("HTTP 429", .passing), ("HTTP 503", .passing), ("HTTP 408", .passing), ("timeout: 10 s", .passing),
        ("exit status 1", .passing), ("cannot be started: no such program", .program), ("", .passing),
        ("HTTP", .passing), ("HTTP x", .passing),
    ])
    func `what a sink said tells what mends it`(detail: String, fault: SinkFault) {
        #expect(SinkFault(detail: detail) == fault)
    }

    @Test func `without a word it may pass`() {
        #expect(SinkFault(detail: nil) == .passing)
    }
}
