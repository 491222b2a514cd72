import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './styles.css'
import { createQueryClient } from './api/query-client.ts'
import { createSessionKeeper, SessionContext } from './api/session.ts'
import { createAppRouter } from './routes.tsx'
import { ToastProvider } from './ui/toast.tsx'
import { TooltipProvider } from './ui/tooltip.tsx'

const queryClient = createQueryClient()
const session = createSessionKeeper()
const router = createAppRouter({ queryClient, session })

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <SessionContext value={session}>
        <TooltipProvider delayDuration={300}>
          <ToastProvider>
            <RouterProvider router={router} />
          </ToastProvider>
        </TooltipProvider>
      </SessionContext>
    </QueryClientProvider>
  </StrictMode>,
)
