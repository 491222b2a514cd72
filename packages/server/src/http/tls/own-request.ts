import { type ClientRequest, request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:tls'
import type { Certificate } from './certificate.ts'

/** Begins a request of the gateway to one of its own listeners, on a connection of its own. */
export type OwnRequest = (url: string, options: Pick<RequestOptions, 'method' | 'headers' | 'signal'>) => ClientRequest

/**
 * With TLS it trusts our certificate and no other, whatever names it is for and whoever signed it: nothing is sent
 * before the other side has shown that it has its key.
 */
export function createOwnRequest(certificate: Certificate | undefined): OwnRequest {
  if (certificate === undefined) return (url, options) => httpRequest(url, { ...options, agent: false })
  const connectToOurs: NonNullable<RequestOptions['createConnection']> = ({ host, port }, onConnected) => {
    const socket = connect({ host: host ?? 'localhost', port: Number(port), rejectUnauthorized: false })
    const refuse = (error: Error): void => onConnected(error, socket)
    socket.once('error', refuse)
    socket.once('secureConnect', () => {
      socket.off('error', refuse)
      const presented = socket.getPeerX509Certificate()?.raw
      if (presented !== undefined && certificate.isOurs(presented)) return onConnected(null, socket)
      socket.destroy()
      onConnected(new Error('another certificate than ours was presented'), socket)
    })
    return undefined
  }
  // With any agent, even `false`, Node would not ask this function.
  return (url, options) => httpsRequest(url, { ...options, createConnection: connectToOurs })
}
