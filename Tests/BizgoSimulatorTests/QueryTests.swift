import HTTP
import Testing

@testable import BizgoSimulator

@Suite("Queries and paths")
struct QueryTests {
    @Test("Query parameters are decoded")
    func parameters() {
        let request = ServerRequest(
            "GET", "/x?requestTime=2026-01-12T11%3A00%3A00&a+b=1&empty=&serviceType=SMS,MMS&q=a+b%2B")
        #expect(request.parameter("requestTime") == "2026-01-12T11:00:00")
        #expect(request.parameter("empty") == "")
        #expect(request.parameter("serviceType") == "SMS,MMS")
        #expect(request.parameter("q") == "a b+")
        #expect(request.parameter("missing") == nil)
    }

    @Test("Percent-encoding is read strictly")
    func percent() {
        #expect(PercentEncoding.decode("a%2Fb%ED%95%9C+") == "a/b한+")
        #expect(PercentEncoding.decode("%") == nil)
        #expect(PercentEncoding.decode("%4") == nil)
        #expect(PercentEncoding.decode("%zz") == nil)
        #expect(PercentEncoding.decode("%ff") == nil)
    }
}
