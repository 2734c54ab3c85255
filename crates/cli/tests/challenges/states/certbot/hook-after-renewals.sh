# A script in renewal-hooks/post restarts nginx.
# renewal: works
# nginx: has the new certificate
# says:
mkdir -p /etc/letsencrypt/renewal-hooks/post
mv /etc/letsencrypt/renewal-hooks/deploy/nginx /etc/letsencrypt/renewal-hooks/post/
sed -i 's/reload/restart/' /etc/letsencrypt/renewal-hooks/post/nginx
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
