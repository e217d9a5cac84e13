/** The JSON access log of the nginx contenders: the fields of a gateway's. `$route` is set by the location. */
export const JSON_LOG = `log_format gateway escape=json
    '{"time":"$time_iso8601","msg":"request","requestId":"$request_id","clientAddress":"$remote_addr",'
    '"method":"$request_method","path":"$uri","status":$status,"route":"$route","target":"$upstream_addr",'
    '"durationSeconds":$request_time,"bytesOut":$body_bytes_sent}';`;
