import { Dialog } from '../../ui/dialog.tsx'
import { SignInForm } from '../sign-in-form.tsx'

/** Over the page, so that nothing that was typed is lost. */
export function SignInAgain({ onSignedIn }: { readonly onSignedIn: () => Promise<void> }) {
  return (
    <Dialog open title="Your session has ended" size="sm">
      <p className="mb-3">Sign in again to go on. What you have typed on this page is still there.</p>
      <SignInForm onSignedIn={onSignedIn} />
    </Dialog>
  )
}
